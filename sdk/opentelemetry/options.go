package opentelemetry

import (
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// tracerName is that of the tracer that is asked for where none is given.
const tracerName = "github.com/perdure/perdure/sdk/opentelemetry"

// HeaderKey is the field of headers in which the context of a span travels: that of all of Temporal's SDKs.
const HeaderKey = "_tracer-data"

// Options say how to trace. The zero value is usable.
type Options struct {
	// Tracer makes the spans; nil is one of the global tracer provider.
	Tracer trace.Tracer
	// Propagator writes the context of a span into headers and reads it; nil is W3C's trace context and baggage.
	Propagator propagation.TextMapPropagator
	// DisableSignalTracing leaves out the spans of signals, DisableQueryTracing those of queries, and DisableUpdateTracing those of updates.
	DisableSignalTracing, DisableQueryTracing, DisableUpdateTracing bool
}

func (o Options) withDefaults() Options {
	if o.Tracer == nil {
		o.Tracer = otel.GetTracerProvider().Tracer(tracerName)
	}
	if o.Propagator == nil {
		o.Propagator = propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})
	}
	return o
}
