package main

import (
	"context"
	"errors"
	"log/slog"
	"os"

	"github.com/nats-io/nats.go"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"

	"github.com/perdure/perdure/sdk/temporalnats"
)

// temporalPollers is how many pollers a worker has for workflow tasks, and as many for activities, unless it is said.
const temporalPollers = 16

// temporalWorkers is how many workers there are, in one process: each polls for workflow tasks a thousand times a second at most.
const temporalWorkers = 4

// dialTemporal makes a client of Temporal's SDK, and what closes its connections.
type dialTemporal func(at addresses) (c client.Client, hangUp func(), err error)

func dialGRPC(at addresses) (client.Client, func(), error) {
	c, err := client.Dial(client.Options{HostPort: at.grpc, Logger: temporalLogger()})
	if err != nil {
		return nil, nil, err
	}
	return c, c.Close, nil
}

func dialNATS(at addresses) (client.Client, func(), error) {
	conn, err := nats.Connect(at.nats)
	if err != nil {
		return nil, nil, err
	}
	over, err := temporalnats.New(temporalnats.Config{Conn: conn})
	if err != nil {
		conn.Close()
		return nil, nil, err
	}
	c, err := client.Dial(client.Options{
		HostPort: "passthrough:///nats", Logger: temporalLogger(),
		ConnectionOptions: client.ConnectionOptions{DialOptions: over.DialOptions()},
	})
	if err != nil {
		over.Close()
		conn.Close()
		return nil, nil, err
	}
	return c, func() {
		c.Close()
		over.Close()
		conn.Close()
	}, nil
}

// temporalLogger writes warnings to the error stream, as childLogger does.
func temporalLogger() log.Logger {
	return log.NewStructuredLogger(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
}

// temporalCaller is a client of Temporal's SDK.
type temporalCaller struct {
	client client.Client
	hangUp func()
}

func connectTemporal(dial dialTemporal) func(addresses) (caller, error) {
	return func(at addresses) (caller, error) {
		c, hangUp, err := dial(at)
		if err != nil {
			return nil, err
		}
		return temporalCaller{c, hangUp}, nil
	}
}

func (c temporalCaller) startEcho(ctx context.Context, name, id, in string) (run[string], error) {
	return startTemporal[string](ctx, c.client, name, id, in)
}

func (c temporalCaller) startSum(ctx context.Context, name, id string, in parts) (run[int], error) {
	return startTemporal[int](ctx, c.client, name, id, in)
}

func (c temporalCaller) close() { c.hangUp() }

func startTemporal[Out any](ctx context.Context, c client.Client, name, id string, in any) (run[Out], error) {
	r, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: id, TaskQueue: taskQueue}, name, in)
	if err != nil {
		return nil, err
	}
	return temporalRun[Out]{c, r}, nil
}

type temporalRun[Out any] struct {
	client client.Client
	run    client.WorkflowRun
}

func (r temporalRun[Out]) signal(ctx context.Context, n int) error {
	return r.client.SignalWorkflow(ctx, r.run.GetID(), r.run.GetRunID(), numberName, n)
}

func (r temporalRun[Out]) update(ctx context.Context, n int) (out int, err error) {
	h, err := r.client.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: r.run.GetID(), RunID: r.run.GetRunID(), UpdateName: addName, Args: []any{n}, WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err == nil {
		err = h.Get(ctx, &out)
	}
	return out, err
}

func (r temporalRun[Out]) result(ctx context.Context) (out Out, err error) {
	err = r.run.Get(ctx, &out)
	return out, err
}

// workTemporal runs workers with the settings that they have by default but for their pollers: so many of each type; 0
// for the SDK's own number.
func workTemporal(dial dialTemporal) func(at addresses, pollers int) (stop func() error, err error) {
	return func(at addresses, pollers int) (func() error, error) {
		c, hangUp, err := dial(at)
		if err != nil {
			return nil, err
		}
		var workers []worker.Worker
		stop := func() error {
			for _, w := range workers {
				w.Stop()
			}
			hangUp()
			return nil
		}
		for range temporalWorkers {
			w := worker.New(c, taskQueue, worker.Options{
				MaxConcurrentWorkflowTaskPollers: pollers, MaxConcurrentActivityTaskPollers: pollers,
			})
			registerTemporal(w)
			if err := w.Start(); err != nil {
				return nil, errors.Join(err, stop())
			}
			workers = append(workers, w)
		}
		return stop, nil
	}
}
