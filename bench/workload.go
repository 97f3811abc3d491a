package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

const (
	taskQueue = "bench"
	// fanOut is how many activities W3 and W4 run, signalCount how many signals W5 takes.
	fanOut      = 10
	signalCount = 100
	timerTime   = 100 * time.Millisecond
)

// payload is what goes in and comes out: 100 bytes.
var payload = strings.Repeat("0123456789", 10)

// workload is one kind of workflow, and how a client uses it.
type workload struct {
	name, about string
	concurrency []int
	// once starts a workflow of that id and checks its result.
	once func(ctx context.Context, c caller, id string) error
}

// The names of workflows, of the activity and of the signal, for clients and workers of each SDK.
const (
	noActivity    = "W1-no-activity"
	oneActivity   = "W2-one-activity"
	tenInSequence = "W3-ten-in-sequence"
	tenInParallel = "W4-ten-in-parallel"
	takesSignals  = "W5-takes-signals"
	oneTimer      = "W6-one-timer"

	echoName   = "echo"
	numberName = "number"
)

var workloads = []*workload{
	{"W1", "no activity", []int{1, 64, 256}, echoes(noActivity)},
	{"W2", "one activity, 100 B in and out", []int{1, 64, 256}, echoes(oneActivity)},
	{"W3", "ten activities, one after the other", []int{1, 64, 256}, echoes(tenInSequence)},
	{"W4", "ten activities at once", []int{1, 64, 256}, echoes(tenInParallel)},
	{"W5", "100 signals, sent one after the other", []int{1, 16, 64, 256}, sendSignals},
	{"W6", "a timer of 100 ms", []int{1, 64, 256}, echoes(oneTimer)},
}

func (w *workload) key() string { return w.name }

// echoes runs a workflow that returns what it was given.
func echoes(workflow string) func(context.Context, caller, string) error {
	return func(ctx context.Context, c caller, id string) error {
		run, err := c.startEcho(ctx, workflow, id, payload)
		if err != nil {
			return fmt.Errorf("starting workflow %s: %w", id, err)
		}
		got, err := run.result(ctx)
		if err != nil {
			return fmt.Errorf("result of workflow %s: %w", id, err)
		}
		if got != payload {
			return fmt.Errorf("result of workflow %s: %q where %q was given", id, got, payload)
		}
		return nil
	}
}

// sendSignals starts a workflow, sends it the numbers from 1 on, and checks that it took each once.
func sendSignals(ctx context.Context, c caller, id string) error {
	run, err := c.startSum(ctx, takesSignals, id, signalCount)
	if err != nil {
		return fmt.Errorf("starting workflow %s: %w", id, err)
	}
	for n := 1; n <= signalCount; n++ {
		if err := run.signal(ctx, n); err != nil {
			return fmt.Errorf("signal %d to workflow %s: %w", n, id, err)
		}
	}
	got, err := run.result(ctx)
	if err != nil {
		return fmt.Errorf("result of workflow %s: %w", id, err)
	}
	if want := signalCount * (signalCount + 1) / 2; got != want {
		return fmt.Errorf("result of workflow %s: the signals' sum is %d and should be %d", id, got, want)
	}
	return nil
}
