// Command tracing is an example of what a client and its worker tell of their work: one trace from the call that starts a workflow to
// what its activities do, and metrics for Prometheus.
//
// It starts a worker and one workflow, prints the trace as a tree, and a few of the metrics. It connects to NATS at $NATS_URL, by
// default nats://127.0.0.1:4222. A real program sends its spans with one of OpenTelemetry's exporters, and serves its registry with promhttp.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/google/uuid"
	metrics "github.com/prometheus/client_golang/prometheus"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/opentelemetry"
	"github.com/perdure/perdure/sdk/prometheus"
	"github.com/perdure/perdure/sdk/worker"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Getenv("NATS_URL"), os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "tracing:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, url string, out io.Writer) error {
	spans := &tree{}
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithSyncer(spans),
		// A run that moves to another worker keeps its span.
		sdktrace.WithIDGenerator(opentelemetry.NewIDGenerator(nil)),
	)
	tracer := provider.Tracer("github.com/perdure/perdure/examples/tracing")
	registry := metrics.NewRegistry()
	handler, err := prometheus.NewHandler(registry)
	if err != nil {
		return err
	}
	c, err := client.Connect(client.Options{
		URL:            url,
		Interceptors:   []client.Interceptor{opentelemetry.NewInterceptor(opentelemetry.Options{Tracer: tracer})},
		MetricsHandler: handler,
	})
	if err != nil {
		return err
	}
	defer c.Close()
	w, err := worker.New(c, taskQueue, worker.Options{})
	if err != nil {
		return err
	}
	w.Register(Ship.Implement(ship), Pack.Implement(packer{tracer}.pack), Send.Implement(send))
	if err := w.Start(); err != nil {
		return err
	}

	asked, span := tracer.Start(ctx, "POST /orders")
	started, err := client.Start(asked, c, Ship, "a lamp", client.StartOptions{ID: "order-" + uuid.NewString(), TaskQueue: taskQueue})
	span.End()
	if err != nil {
		return errors.Join(err, w.Stop())
	}
	number, err := started.Result(ctx)
	if err = errors.Join(err, w.Stop(), provider.Shutdown(ctx)); err != nil {
		return err
	}
	fmt.Fprintf(out, "It travels under the number %s.\n\nThe trace:\n", number)
	spans.print(out)
	fmt.Fprintln(out, "\nSome of the metrics:")
	return show(out, registry)
}

// show prints the counters of activities and workflows.
func show(out io.Writer, registry metrics.Gatherer) error {
	families, err := registry.Gather()
	if err != nil {
		return err
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			switch name := family.GetName(); name {
			case "temporal_workflow_completed_total", "parcels_packed_total":
				fmt.Fprintf(out, "  %s %v\n", name, m.GetCounter().GetValue())
			case "temporal_activity_execution_latency_seconds":
				h := m.GetHistogram()
				fmt.Fprintf(out, "  %s: %d of %s\n", name, h.GetSampleCount(), m.GetLabel()[0].GetValue())
			}
		}
	}
	return nil
}
