package main

import (
	"context"

	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/worker"
	"github.com/perdure/perdure/sdk/workflow"
)

// nativeCaller is a client of this repository's SDK.
type nativeCaller struct{ client *client.Client }

func connectNative(at addresses) (caller, error) {
	c, err := client.Connect(client.Options{URL: at.nats})
	if err != nil {
		return nil, err
	}
	return nativeCaller{c}, nil
}

func (c nativeCaller) startEcho(ctx context.Context, name, id, in string) (run[string], error) {
	return startNative[string](ctx, c.client, name, id, in)
}

func (c nativeCaller) startSum(ctx context.Context, name, id string, in parts) (run[int], error) {
	return startNative[int](ctx, c.client, name, id, in)
}

func (c nativeCaller) close() { c.client.Close() }

func startNative[Out, In any](ctx context.Context, c *client.Client, name, id string, in In) (run[Out], error) {
	r, err := client.Start(ctx, c, workflow.Declare[In, Out](name), in, client.StartOptions{ID: id, TaskQueue: taskQueue})
	if err != nil {
		return nil, err
	}
	return nativeRun[Out]{c, r}, nil
}

type nativeRun[Out any] struct {
	client *client.Client
	run    client.Run[Out]
}

func (r nativeRun[Out]) signal(ctx context.Context, n int) error {
	return client.Signal(ctx, r.client, r.run.ID(), r.run.RunID(), number, n)
}

func (r nativeRun[Out]) update(ctx context.Context, n int) (int, error) {
	h, err := client.Update(ctx, r.client, r.run.ID(), r.run.RunID(), add, n, client.UpdateOptions{})
	if err != nil {
		return 0, err
	}
	return h.Get(ctx)
}

func (r nativeRun[Out]) result(ctx context.Context) (Out, error) { return r.run.Result(ctx) }

// workNative runs a worker with the settings that it has by default. It has no pollers: it pulls as many tasks as it has free slots.
func workNative(at addresses, _ int) (stop func() error, err error) {
	c, err := client.Connect(client.Options{URL: at.nats, Logger: childLogger()})
	if err != nil {
		return nil, err
	}
	w, err := worker.New(c, taskQueue, worker.Options{})
	if err == nil {
		w.Register(implementations()...)
		err = w.Start()
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	return func() error {
		defer c.Close()
		return w.Stop()
	}, nil
}
