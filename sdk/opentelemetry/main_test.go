package opentelemetry_test

import (
	"context"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/internal/servicetest"
	"github.com/perdure/perdure/sdk/opentelemetry"
	"github.com/perdure/perdure/sdk/worker"
)

func TestMain(m *testing.M) { natstest.VerifyTestMain(m) }

const queue = "greetings"

// traced is a tracer provider, its spans, and an interceptor that traces there.
type traced struct {
	provider *sdktrace.TracerProvider
	spans    *tracetest.SpanRecorder
	options  opentelemetry.Options
}

func newTraced(t *testing.T) traced {
	t.Helper()
	r := tracetest.NewSpanRecorder()
	p := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(r), sdktrace.WithIDGenerator(opentelemetry.NewIDGenerator(nil)))
	t.Cleanup(func() { require.NoError(t, p.Shutdown(context.WithoutCancel(t.Context()))) })
	return traced{p, r, opentelemetry.Options{Tracer: p.Tracer("test")}}
}

// ended are the spans that have ended, by name. No name is there twice.
func (tr traced) ended(t *testing.T) map[string]sdktrace.ReadOnlySpan {
	t.Helper()
	all := map[string]sdktrace.ReadOnlySpan{}
	for _, span := range tr.spans.Ended() {
		require.NotContains(t, all, span.Name(), "a span is emitted twice")
		all[span.Name()] = span
	}
	return all
}

// connect makes a service, a client and a worker.
func connect(t *testing.T, o client.Options, w worker.Options, impls ...worker.Implementation) *client.Client {
	t.Helper()
	o.URL = natstest.Start(t).ClientURL()
	conn, err := nats.Connect(o.URL)
	require.NoError(t, err)
	service, err := servicetest.Start(conn)
	require.NoError(t, err)
	t.Cleanup(func() {
		service.Stop()
		conn.Close()
	})
	c, err := client.Connect(o)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	running, err := worker.New(c, queue, w)
	require.NoError(t, err)
	running.Register(impls...)
	require.NoError(t, running.Start())
	t.Cleanup(func() { require.NoError(t, running.Stop()) })
	return c
}
