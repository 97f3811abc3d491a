// Package sdk is the root of what application code imports: the packages below it let a Go program
// declare workflows and activities, run them in a worker, start and question them as a client, and
// test them without a server.
//
//	workflow      declarations and everything that workflow code may call
//	activity      declarations of activities and the context that they run in
//	converter     how Go values become payloads
//	failure       typed errors, and how they travel as failures
//	client        start, signal, query, update, cancel, reset, wait
//	worker        runs registered workflows and activities
//	workflowtest  runs a workflow in a unit test with time skipping; replays saved histories
//	interceptor   stands before and behind what clients, workflows and activities do
//	opentelemetry traces, by interceptors
//	metrics       what clients and workers count and measure; prometheus keeps it
//	determinism   finds in workflow code what a replay would not do again: perdure vet
//	temporalnats  Temporal's own Go SDK over a NATS connection, in place of gRPC
//
// Nothing below sdk imports a service: an application that uses it does not link a server.
package sdk
