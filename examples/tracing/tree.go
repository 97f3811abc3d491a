package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// tree is an exporter that keeps spans and prints them.
type tree struct {
	mu    sync.Mutex // guards spans
	spans []sdktrace.ReadOnlySpan
}

// ExportSpans implements sdktrace.SpanExporter.
func (t *tree) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.spans = append(t.spans, spans...)
	return nil
}

// Shutdown implements sdktrace.SpanExporter.
func (t *tree) Shutdown(context.Context) error { return nil }

// print prints each span under its parent, in the order of their ends.
func (t *tree) print(out io.Writer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	children := map[trace.SpanID][]sdktrace.ReadOnlySpan{}
	for _, span := range t.spans {
		children[span.Parent().SpanID()] = append(children[span.Parent().SpanID()], span)
	}
	var under func(parent trace.SpanID, depth int)
	under = func(parent trace.SpanID, depth int) {
		all := children[parent]
		slices.SortStableFunc(all, func(a, b sdktrace.ReadOnlySpan) int { return a.EndTime().Compare(b.EndTime()) })
		for _, span := range all {
			text := ""
			if span.Status().Code == codes.Error {
				text = ": " + span.Status().Description
			}
			fmt.Fprintf(out, "  %s%s%s\n", strings.Repeat("  ", depth), span.Name(), text)
			under(span.SpanContext().SpanID(), depth+1)
		}
	}
	under(trace.SpanID{}, 0)
}
