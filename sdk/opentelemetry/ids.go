package opentelemetry

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"

	"go.opentelemetry.io/otel/trace"
)

// IDGenerator makes the ids of spans. It has the methods of the tracer provider's own interface of that name.
type IDGenerator interface {
	NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID)
	NewSpanID(ctx context.Context, traceID trace.TraceID) trace.SpanID
}

// NewIDGenerator makes a generator that gives the spans of workflows ids that are the same on every replay, and those of all
// others ids of the given generator; nil is one of random ids.
func NewIDGenerator(others IDGenerator) IDGenerator {
	if others == nil {
		others = randomIDs{}
	}
	return idGenerator{others}
}

type idGenerator struct{ others IDGenerator }

func (g idGenerator) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	if ids, derived := ctx.Value(derivedKey{}).(derivedIDs); derived {
		return ids.trace, ids.span
	}
	return g.others.NewIDs(ctx)
}

func (g idGenerator) NewSpanID(ctx context.Context, traceID trace.TraceID) trace.SpanID {
	if ids, derived := ctx.Value(derivedKey{}).(derivedIDs); derived {
		return ids.span
	}
	return g.others.NewSpanID(ctx, traceID)
}

// derivedIDs are for the one span that is started with a context that has them.
type derivedIDs struct {
	trace trace.TraceID // of a span without a parent
	span  trace.SpanID
}

type derivedKey struct{}

// withDerivedIDs has the span that is started with the context get the ids of the number-th span of a run.
func withDerivedIDs(ctx context.Context, runID string, number int) context.Context {
	ofTrace := sha256.Sum256([]byte(runID))
	ofSpan := sha256.Sum256(fmt.Appendf(ofTrace[:], "/%d", number))
	return context.WithValue(ctx, derivedKey{}, derivedIDs{trace.TraceID(ofTrace[:16]), trace.SpanID(ofSpan[:8])})
}

type randomIDs struct{}

func (g randomIDs) NewIDs(ctx context.Context) (id trace.TraceID, span trace.SpanID) {
	_, _ = rand.Read(id[:]) // never fails
	return id, g.NewSpanID(ctx, id)
}

func (randomIDs) NewSpanID(context.Context, trace.TraceID) (id trace.SpanID) {
	_, _ = rand.Read(id[:])
	return id
}
