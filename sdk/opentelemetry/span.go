package opentelemetry

import (
	"context"
	"errors"
	"time"

	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/failure"
)

// Attributes of spans, as Temporal's SDKs name them.
const (
	workflowIDKey = attribute.Key("temporalWorkflowID")
	runIDKey      = attribute.Key("temporalRunID")
	activityIDKey = attribute.Key("temporalActivityID")
	updateIDKey   = attribute.Key("temporalUpdateID")
)

// outgoing starts the span of something that is asked of others, with the context's span as its parent, and writes it into the
// header.
func (i *interceptor) outgoing(ctx context.Context, name string, header *map[string]*commonpb.Payload, attributes ...attribute.KeyValue) (context.Context, trace.Span) {
	ctx, span := i.Tracer.Start(ctx, name, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attributes...))
	i.write(ctx, header)
	return ctx, span
}

// incoming starts the span of something that others have asked for: its parent is in the header, if there is one.
func (i *interceptor) incoming(ctx context.Context, name string, header map[string]*commonpb.Payload, begun time.Time, attributes ...attribute.KeyValue) (context.Context, trace.Span) {
	options := []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(attributes...)}
	if !begun.IsZero() {
		options = append(options, trace.WithTimestamp(begun))
	}
	return i.Tracer.Start(i.read(ctx, header), name, options...)
}

// write puts the context's span and baggage into a header, and makes that where another interceptor has left it out. A context without any
// leaves the header as it is.
func (i *interceptor) write(ctx context.Context, header *map[string]*commonpb.Payload) {
	carrier := propagation.MapCarrier{}
	i.Propagator.Inject(ctx, carrier)
	if len(carrier) == 0 {
		return
	}
	if payload, err := (converter.JSONConverter{}).ToPayload(map[string]string(carrier)); err == nil { // strings always can be encoded
		if *header == nil {
			*header = map[string]*commonpb.Payload{}
		}
		(*header)[HeaderKey] = payload
	}
}

// read adds what a header has to a context. One that cannot be read is as none: a workflow is not to fail for its trace.
func (i *interceptor) read(ctx context.Context, header map[string]*commonpb.Payload) context.Context {
	var carrier map[string]string
	payload := header[HeaderKey]
	if payload == nil || converter.Default().FromPayload(payload, &carrier) != nil {
		return ctx
	}
	return i.Propagator.Extract(ctx, propagation.MapCarrier(carrier))
}

// end ends a span, with the error if it is one.
func end(span trace.Span, err error) {
	var next *failure.ContinueAsNewError
	if err != nil && !errors.As(err, &next) && !errors.Is(err, activity.ErrResultPending) {
		span.RecordError(err)
		if !failure.IsBenign(err) {
			span.SetStatus(codes.Error, err.Error())
		}
	}
	span.End()
}

// named is a logger whose lines tell the span.
func named(logger zerolog.Logger, span trace.Span) zerolog.Logger {
	c := span.SpanContext()
	if !c.IsValid() {
		return logger
	}
	return logger.With().Stringer("trace_id", c.TraceID()).Stringer("span_id", c.SpanID()).Logger()
}
