package main

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// registerTemporal has a worker of Temporal's SDK run what implementations are with this repository's.
func registerTemporal(w worker.Registry) {
	w.RegisterActivityWithOptions(func(_ context.Context, in string) (string, error) { return in, nil }, activity.RegisterOptions{Name: echoName})
	for name, code := range map[string]any{
		noActivity:    func(_ workflow.Context, in string) (string, error) { return in, nil },
		oneActivity:   temporalEcho,
		tenInSequence: temporalInSequence,
		tenInParallel: temporalInParallel,
		takesSignals:  temporalSumSignals,
		oneTimer: func(ctx workflow.Context, in string) (string, error) {
			return in, workflow.Sleep(ctx, timerTime)
		},
	} {
		w.RegisterWorkflowWithOptions(code, workflow.RegisterOptions{Name: name})
	}
}

func temporalLimited(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 10 * time.Second})
}

func temporalEcho(ctx workflow.Context, in string) (out string, err error) {
	err = workflow.ExecuteActivity(temporalLimited(ctx), echoName, in).Get(ctx, &out)
	return out, err
}

func temporalInSequence(ctx workflow.Context, in string) (string, error) {
	var err error
	for range fanOut {
		if in, err = temporalEcho(ctx, in); err != nil {
			return "", err
		}
	}
	return in, nil
}

func temporalInParallel(ctx workflow.Context, in string) (string, error) {
	var futures []workflow.Future
	for range fanOut {
		futures = append(futures, workflow.ExecuteActivity(temporalLimited(ctx), echoName, in))
	}
	for _, f := range futures {
		var got string
		if err := f.Get(ctx, &got); err != nil || got != in {
			return got, err
		}
	}
	return in, nil
}

func temporalSumSignals(ctx workflow.Context, count int) (int, error) {
	sum, last, signals := 0, 0, workflow.GetSignalChannel(ctx, numberName)
	for range count {
		var n int
		signals.Receive(ctx, &n)
		if n != last+1 {
			return 0, errOrder
		}
		sum, last = sum+n, n
	}
	return sum, nil
}
