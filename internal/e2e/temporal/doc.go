// Package temporal holds the tests that run Temporal's own clients against Perdure: its Go SDK as client and worker,
// through the gRPC door and straight over NATS, and its command line. It receives nothing and sends nothing; there is only
// test code in it.
package temporal
