package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/runtime"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/worker"
)

// workerVariable makes this test binary a worker of journeys at that URL.
const workerVariable = "PERDURE_E2E_WORKER"

// effectSubject is where a worker that is a process of its own reports its effects.
const effectSubject = "e2e.effect"

// work is the child's main: it works until it is killed, or until its standard input ends.
func work(url string) int {
	c, err := client.Connect(client.Options{URL: url})
	if err == nil {
		defer c.Close()
		err = workUntilAlone(c)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func workUntilAlone(c *client.Client) error {
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
	fmt.Println("ready")
	_, _ = os.Stdin.Read(make([]byte, 1)) // returns when the starter has ended
	return w.Stop()
}

// Workers are killed again and again, and another takes over: what they had begun is done by it, and
// an activity with one attempt is not.
func TestWorkersKilled(t *testing.T) {
	t.Parallel()
	s := startLocal(t, runtime.Config{DataDir: t.TempDir(), Listen: "127.0.0.1:0", SyncInterval: seldom})
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
	start := func() *process {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), workerVariable+"="+s.URL())
		return startProcess(t, cmd)
	}
	w := start()
	load{client: c, effects: effects, journeys: 150, pause: 200 * time.Millisecond, disturb: func(int) {
		w.kill()
		w = start()
	}}.run(t)
}

// A server is stopped and started again under load: it ends cleanly each time, and nothing is lost.
func TestServerStoppedUnderLoad(t *testing.T) {
	address, dir := freePort(t), t.TempDir()
	start := func() *process {
		return startServer(t, settings{DataDir: dir, Listen: address, SyncInterval: seldom})
	}
	s := start()
	s.awaitReady(t)
	c := connectClient(t, "nats://"+address)
	effects := newLedger(900)
	startWorker(t, c, worker.Options{}, effects.implementations()...)
	load{client: c, effects: effects, journeys: 200, pause: 200 * time.Millisecond, disturb: func(int) {
		s.awaitReady(t)
		s.stop(t)
		s = start()
	}}.run(t)
	s.awaitReady(t)
	s.stop(t)
}
