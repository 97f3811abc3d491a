package temporal

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/perdure/perdure/internal/proctest"
	"github.com/perdure/perdure/sdk/temporalnats"
)

// job is what a worker that is a process of its own does.
type job struct {
	// GRPC or NATS is where it connects.
	GRPC, NATS string
	Queue      string
	// Cache is how many runs it keeps; nil: the SDK's default.
	Cache *int
	// Told is the URL that its tasks call to say where they are, and that keeps them there by its silence.
	Told string
}

// jobFor is one of a queue of its own on the shared server.
func jobFor(t testing.TB, way string) job {
	t.Helper()
	j := job{Queue: "queue-" + uuid.NewString()}
	if way == "grpc" {
		j.GRPC = shared(t).GRPCAddr()
	} else {
		j.NATS = shared(t).URL()
	}
	return j
}

// work is the worker's main: it works until it is killed.
func work(ctx context.Context, j job) error {
	if j.Cache != nil {
		worker.SetStickyWorkflowCacheSize(*j.Cache) // for all workers of a process
	}
	options := client.Options{HostPort: j.GRPC}
	if j.NATS != "" {
		conn, err := nats.Connect(j.NATS)
		if err != nil {
			return err
		}
		over, err := temporalnats.New(temporalnats.Config{Conn: conn})
		if err != nil {
			return err
		}
		options = client.Options{HostPort: "passthrough:///nats", ConnectionOptions: client.ConnectionOptions{DialOptions: over.DialOptions()}}
	}
	options.Logger = quiet{}
	c, err := client.Dial(options)
	if err != nil {
		return err
	}
	w := worker.New(c, j.Queue, worker.Options{DeadlockDetectionTimeout: time.Hour})
	j.register(w)
	if err := w.Start(); err != nil {
		return err
	}
	proctest.SayReady()
	<-ctx.Done()
	return nil
}

// register gives a worker all that it may be asked for.
func (j job) register(w worker.Worker) {
	w.RegisterWorkflowWithOptions(j.inTask, workflow.RegisterOptions{Name: "task"})
	w.RegisterWorkflowWithOptions(inActivity, workflow.RegisterOptions{Name: "activity"})
	w.RegisterWorkflow(gathering)
	w.RegisterWorkflow(counting)
	w.RegisterWorkflow(toil)
	w.RegisterActivity(&j)
	w.RegisterActivity(&counter{every: 1})
}
