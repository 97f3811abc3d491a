package workflow

import (
	"context"

	commonpb "go.temporal.io/api/common/v1"
)

// ContextPropagator carries values of contexts over what lies between processes: from a client's context to the
// workflow's, and from that to those of its activities and of the runs and workflows that it starts. Set it with
// client.Options, which is for the workers of the client, too, or with worker.Options. Values travel in headers, which histories
// keep, and which the data converter does not touch: encode them, and no secrets.
//
// An error of Inject or InjectFromWorkflow is that of the call. One of Extract fails the attempt at the activity, one of
// ExtractToWorkflow the workflow task. The methods with a workflow's context are run again on replay, as
// the workflow's code is, and have to be as deterministic.
type ContextPropagator interface {
	// Inject writes what is to travel of a client's context.
	Inject(ctx context.Context, header HeaderWriter) error
	// Extract puts what came with an activity into its context.
	Extract(ctx context.Context, header HeaderReader) (context.Context, error)
	// InjectFromWorkflow writes what is to travel of a workflow's context.
	InjectFromWorkflow(ctx Context, header HeaderWriter) error
	// ExtractToWorkflow puts what came with a workflow's start, a signal, a query or an update into the context of what handles it.
	ExtractToWorkflow(ctx Context, header HeaderReader) (Context, error)
}

// HeaderReader is a header that came. Its payloads must not be changed.
type HeaderReader interface {
	// Get is a value by its key.
	Get(key string) (value *commonpb.Payload, found bool)
	// ForEachKey calls handler with each key and value, in the order of the keys, until it returns an error, which is returned.
	ForEachKey(handler func(key string, value *commonpb.Payload) error) error
}

// HeaderWriter is a header that is being written.
type HeaderWriter interface {
	// Set writes a value, in the place of that which the key has.
	Set(key string, value *commonpb.Payload)
}
