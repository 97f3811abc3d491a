package main

import (
	"context"
	"errors"
	"time"

	"github.com/perdure/perdure/sdk/worker"
	"github.com/perdure/perdure/sdk/workflow"
)

// errOrder is W5's when signals come in another order than they were sent in.
var errOrder = errors.New("signals came out of order")

// implementations are what the worker runs.
func implementations() []worker.Implementation {
	return []worker.Implementation{
		echo.Implement(func(_ context.Context, in string) (string, error) { return in, nil }),
		noActivity.Implement(func(_ workflow.Context, in string) (string, error) { return in, nil }),
		oneActivity.Implement(func(ctx workflow.Context, in string) (string, error) {
			return workflow.ExecuteActivity(limited(ctx), echo, in).Get(ctx)
		}),
		tenInSequence.Implement(inSequence),
		tenInParallel.Implement(inParallel),
		takesSignals.Implement(sumSignals),
		oneTimer.Implement(func(ctx workflow.Context, in string) (string, error) {
			return in, workflow.Sleep(ctx, timerTime)
		}),
	}
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
