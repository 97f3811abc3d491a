package e2e

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/internal/proctest"
	"github.com/perdure/perdure/runtime"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/worker"
)

// workerVariable makes this test binary a worker of journeys at that URL.
const workerVariable = "PERDURE_E2E_WORKER"

// effectSubject is where a worker that is a process of its own reports its effects.
const effectSubject = "e2e.effect"

// work is the worker's main: it works until it is killed.
func work(ctx context.Context, url string) error {
	c, err := client.Connect(client.Options{URL: url})
	if err != nil {
		return err
	}
	defer c.Close()
	w, err := worker.New(c, queue, worker.Options{})
	if err != nil {
		return err
	}
	w.Register(traveling(func(ctx context.Context, place string, attempt int32) (s stamp, err error) {
		body, err := json.Marshal(stamp{Place: place, Attempt: attempt})
		if err != nil {
			return s, err
		}
		reply, err := c.Conn().RequestWithContext(ctx, effectSubject, body)
		if err != nil {
			return s, err
		}
		return s, json.Unmarshal(reply.Data, &s)
	})...)
	if err := w.Start(); err != nil {
		return err
	}
	proctest.SayReady()
	<-ctx.Done()
	return w.Stop()
}

// Workers are killed again and again, and another takes over: what they had begun is done by it, and
// an activity with one attempt is not.
func TestWorkersKilled(t *testing.T) {
	t.Parallel()
	s := startLocal(t, runtime.Config{DataDir: natstest.Dir(t), Listen: "127.0.0.1:0", SyncInterval: seldom})
	c := connectClient(t, s.URL())
	effects := newLedger(500)
	_, err := c.Conn().Subscribe(effectSubject, func(m *nats.Msg) {
		var s stamp
		if err := json.Unmarshal(m.Data, &s); err != nil {
			return
		}
		body, err := json.Marshal(effects.run(s.Place, s.Attempt))
		if err == nil {
			_ = m.Respond(body) // a killed worker hears nothing
		}
	})
	require.NoError(t, err)
	start := func() *proctest.Process { return proctest.StartAgain(t, workerVariable, s.URL()) }
	w := start()
	load{client: c, effects: effects, journeys: 150, pause: 200 * time.Millisecond, disturb: func(int) {
		w.Kill()
		w = start()
	}}.run(t)
}

// A server is stopped and started again under load: it ends cleanly each time, and nothing is lost.
func TestServerStoppedUnderLoad(t *testing.T) {
	address, dir := proctest.FreeAddress(t), natstest.Dir(t)
	start := func() *proctest.Process {
		return startServer(t, settings{DataDir: dir, Listen: address, SyncInterval: seldom})
	}
	s := start()
	s.AwaitReady(t)
	c := connectClient(t, "nats://"+address)
	effects := newLedger(900)
	startWorker(t, c, worker.Options{}, effects.implementations()...)
	load{client: c, effects: effects, journeys: 200, pause: 200 * time.Millisecond, disturb: func(int) {
		s.AwaitReady(t)
		s.Stop(t)
		s = start()
	}}.run(t)
	s.AwaitReady(t)
	s.Stop(t)
}
