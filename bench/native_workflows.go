package main

import (
	"context"
	"errors"
	"time"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/worker"
	"github.com/perdure/perdure/sdk/workflow"
)

// What workflows of this repository's SDK use by its declaration.
var (
	echo   = activity.Declare[string, string](echoName)
	number = workflow.DeclareSignal[int](numberName)
)

// errOrder is W5's when signals come in another order than they were sent in.
var errOrder = errors.New("signals came out of order")

// implementations are what a worker of this repository's SDK runs.
func implementations() []worker.Implementation {
	return []worker.Implementation{
		echo.Implement(func(_ context.Context, in string) (string, error) { return in, nil }),
		echoing(noActivity).Implement(func(_ workflow.Context, in string) (string, error) { return in, nil }),
		echoing(oneActivity).Implement(func(ctx workflow.Context, in string) (string, error) {
			return workflow.ExecuteActivity(limited(ctx), echo, in).Get(ctx)
		}),
		echoing(tenInSequence).Implement(inSequence),
		echoing(tenInParallel).Implement(inParallel),
		workflow.Declare[int, int](takesSignals).Implement(sumSignals),
		echoing(oneTimer).Implement(func(ctx workflow.Context, in string) (string, error) {
			return in, workflow.Sleep(ctx, timerTime)
		}),
	}
}

func echoing(name string) workflow.Workflow[string, string] {
	return workflow.Declare[string, string](name)
}

func limited(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 10 * time.Second})
}

func inSequence(ctx workflow.Context, in string) (string, error) {
	var err error
	for range fanOut {
		if in, err = workflow.ExecuteActivity(limited(ctx), echo, in).Get(ctx); err != nil {
			return "", err
		}
	}
	return in, nil
}

func inParallel(ctx workflow.Context, in string) (string, error) {
	var futures []workflow.Future[string]
	for range fanOut {
		futures = append(futures, workflow.ExecuteActivity(limited(ctx), echo, in))
	}
	for _, f := range futures {
		got, err := f.Get(ctx)
		if err != nil || got != in {
			return got, err
		}
	}
	return in, nil
}

func sumSignals(ctx workflow.Context, count int) (int, error) {
	sum, last, signals := 0, 0, number.Channel(ctx)
	for range count {
		n, _ := signals.Receive(ctx)
		if n != last+1 {
			return 0, errOrder
		}
		sum, last = sum+n, n
	}
	return sum, nil
}
