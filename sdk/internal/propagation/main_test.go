package propagation_test

import (
	"context"
	"errors"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/internal/servicetest"
	"github.com/perdure/perdure/sdk/worker"
	"github.com/perdure/perdure/sdk/workflow"
)

func TestMain(m *testing.M) { natstest.VerifyTestMain(m) }

const queue = "q"

// tenant carries a text under a key.
type tenant struct{ key string }

type keyOf string

var errNobody = errors.New("nobody asks")

func (p tenant) Inject(ctx context.Context, header workflow.HeaderWriter) error {
	return p.write(ctx.Value(keyOf(p.key)), header)
}

func (p tenant) InjectFromWorkflow(ctx workflow.Context, header workflow.HeaderWriter) error {
	return p.write(ctx.Value(keyOf(p.key)), header)
}

func (p tenant) write(value any, header workflow.HeaderWriter) error {
	switch value {
	case nil:
		return nil
	case "":
		return errNobody
	}
	payload, err := converter.Default().ToPayload(value)
	if err == nil {
		header.Set(p.key, payload)
	}
	return err
}

func (p tenant) Extract(ctx context.Context, header workflow.HeaderReader) (context.Context, error) {
	text, err := p.read(header)
	return context.WithValue(ctx, keyOf(p.key), text), err
}

func (p tenant) ExtractToWorkflow(ctx workflow.Context, header workflow.HeaderReader) (workflow.Context, error) {
	text, err := p.read(header)
	return workflow.WithValue(ctx, keyOf(p.key), text), err
}

func (p tenant) read(header workflow.HeaderReader) (text any, err error) {
	payload, found := header.Get(p.key)
	if !found {
		return nil, nil
	}
	var read string
	err = converter.Default().FromPayload(payload, &read)
	return read, err
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
