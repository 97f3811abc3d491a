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
	for _, length := range lengths {
		w.RegisterWorkflowWithOptions(temporalInSequence(length), workflow.RegisterOptions{Name: inSequenceName(length)})
	}
	for name, code := range map[string]any{
		noActivity:    func(_ workflow.Context, in string) (string, error) { return in, nil },
		oneActivity:   temporalEcho,
		tenInParallel: temporalInParallel,
		takesSignals:  temporalSumSignals,
		tenChildren:   temporalChildren,
		takesUpdates:  temporalSumUpdates,
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

func temporalInSequence(length int) func(workflow.Context, string) (string, error) {
	return func(ctx workflow.Context, in string) (string, error) {
		var err error
		for range length {
			if in, err = temporalEcho(ctx, in); err != nil {
				return "", err
			}
		}
		return in, nil
	}
}

func temporalInParallel(ctx workflow.Context, in string) (string, error) {
	var futures []workflow.Future
	for range fanOut {
		futures = append(futures, workflow.ExecuteActivity(temporalLimited(ctx), echoName, in))
	}
	return temporalAllOf(ctx, futures, in)
}

func temporalChildren(ctx workflow.Context, in string) (string, error) {
	var futures []workflow.Future
	for range fanOut {
		futures = append(futures, workflow.ExecuteChildWorkflow(ctx, noActivity, in))
	}
	return temporalAllOf(ctx, futures, in)
}

// temporalAllOf waits for all futures, each of which should have what was given.
func temporalAllOf(ctx workflow.Context, futures []workflow.Future, in string) (string, error) {
	for _, f := range futures {
		var got string
		if err := f.Get(ctx, &got); err != nil || got != in {
			return got, err
		}
	}
	return in, nil
}

func temporalSumSignals(ctx workflow.Context, p parts) (int, error) {
	t, signals := take(p), workflow.GetSignalChannel(ctx, numberName)
	for !t.all() {
		var n int
		signals.Receive(ctx, &n)
		if err := t.add(n); err != nil {
			return 0, err
		}
	}
	return t.sum, nil
}

func temporalSumUpdates(ctx workflow.Context, p parts) (int, error) {
	t := take(p)
	err := workflow.SetUpdateHandler(ctx, addName, func(_ workflow.Context, n int) (int, error) { return n, t.add(n) })
	if err != nil {
		return 0, err
	}
	err = workflow.Await(ctx, t.all)
	return t.sum, err
}
