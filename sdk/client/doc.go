// Package client starts workflows and talks to them: results, signals, queries, updates, cancellation,
// termination, descriptions, histories, and activities that are completed from elsewhere.
//
// A [Client] sends its requests over NATS to the service of one namespace and waits for the answers.
// Calls that name a workflow, signal, query or update by its declaration are functions, not methods, since
// they are generic in the declaration's types:
//
//	c, err := client.Connect(client.Options{URL: "nats://127.0.0.1:4222"})
//	run, err := client.Start(ctx, c, Checkout, order, client.StartOptions{TaskQueue: "checkout"})
//	receipt, err := run.Result(ctx)
//
// What another language declared is declared here by its name, with [converter.Args] and
// [converter.Raw] where the types are not known:
//
//	run, err := client.Start(ctx, c, workflow.Declare[converter.Args, converter.Raw]("Legacy"), ...)
//
// A request that nobody answers is sent again with back-off until its context ends, or for a minute
// if that has no deadline; only waiting for a result, or for an update, has no limit of its own. Starts, signals and
// cancellations have a request id, so that sending them twice has one effect.
//
// Errors of the service are those of go.temporal.io/api/serviceerror; those of workflows are in
// package failure.
package client
