// Package temporalgrpc is the gRPC door: Temporal's SDKs, its command line and its Web UI connect to it unchanged.
//
// It receives the methods of WorkflowService, OperatorService and grpc.health.v1, decodes them, and hands
// each to a Service: sdk/temporalnats, which serves polls itself and calls the gateway's handlers for all
// else. What it keeps is how many calls of a namespace wait (polls.go), and whether NATS is there, which is its
// health (health.go). It refuses clients that say they were not made for this server (version.go).
package temporalgrpc
