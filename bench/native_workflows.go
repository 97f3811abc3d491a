package main

import (
	"context"
	"time"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/worker"
	"github.com/perdure/perdure/sdk/workflow"
)

// What workflows of this repository's SDK use by its declaration.
var (
	echo   = activity.Declare[string, string](echoName)
	number = workflow.DeclareSignal[int](numberName)
	add    = workflow.DeclareUpdate[int, int](addName)
)

// implementations are what a worker of this repository's SDK runs.
func implementations() []worker.Implementation {
	all := []worker.Implementation{
		echo.Implement(func(_ context.Context, in string) (string, error) { return in, nil }),
		echoing(noActivity).Implement(func(_ workflow.Context, in string) (string, error) { return in, nil }),
		echoing(oneActivity).Implement(func(ctx workflow.Context, in string) (string, error) {
			return workflow.ExecuteActivity(limited(ctx), echo, in).Get(ctx)
		}),
		echoing(tenInParallel).Implement(inParallel),
		workflow.Declare[parts, int](takesSignals).Implement(sumSignals),
		echoing(oneTimer).Implement(func(ctx workflow.Context, in string) (string, error) {
			return in, workflow.Sleep(ctx, timerTime)
		}),
		echoing(tenChildren).Implement(children),
		workflow.Declare[parts, int](takesUpdates).Implement(sumUpdates),
	}
	for _, length := range lengths {
		all = append(all, echoing(inSequenceName(length)).Implement(inSequence(length)))
	}
	return all
}

func echoing(name string) workflow.Workflow[string, string] {
	return workflow.Declare[string, string](name)
}

func limited(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 10 * time.Second})
}

func inSequence(length int) func(workflow.Context, string) (string, error) {
	return func(ctx workflow.Context, in string) (string, error) {
		var err error
		for range length {
			if in, err = workflow.ExecuteActivity(limited(ctx), echo, in).Get(ctx); err != nil {
				return "", err
			}
		}
		return in, nil
	}
}

func inParallel(ctx workflow.Context, in string) (string, error) {
	var futures []workflow.Future[string]
	for range fanOut {
		futures = append(futures, workflow.ExecuteActivity(limited(ctx), echo, in))
	}
	return allOf(ctx, futures, in)
}

func children(ctx workflow.Context, in string) (string, error) {
	var futures []workflow.Future[string]
	for range fanOut {
		futures = append(futures, workflow.ExecuteChildWorkflow(ctx, echoing(noActivity), in))
	}
	return allOf(ctx, futures, in)
}

// allOf waits for all futures, each of which should have what was given.
func allOf(ctx workflow.Context, futures []workflow.Future[string], in string) (string, error) {
	for _, f := range futures {
		got, err := f.Get(ctx)
		if err != nil || got != in {
			return got, err
		}
	}
	return in, nil
}

func sumSignals(ctx workflow.Context, p parts) (int, error) {
	t, signals := take(p), number.Channel(ctx)
	for !t.all() {
		n, _ := signals.Receive(ctx)
		if err := t.add(n); err != nil {
			return 0, err
		}
	}
	return t.sum, nil
}

func sumUpdates(ctx workflow.Context, p parts) (int, error) {
	t := take(p)
	add.Handle(ctx, func(_ workflow.Context, n int) (int, error) { return n, t.add(n) })
	err := workflow.Await(ctx, t.all)
	return t.sum, err
}
