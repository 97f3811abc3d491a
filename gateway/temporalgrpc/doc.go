// Package temporalgrpc is the gRPC door: Temporal's SDKs, its command line and its Web UI connect to it unchanged.
//
// It receives the methods of WorkflowService, OperatorService and grpc.health.v1, decodes them, and hands
// each to a Service: sdk/temporalnats, which serves polls itself and calls the gateway's handlers for all
// else. It keeps no state and knows no method by name.
package temporalgrpc
