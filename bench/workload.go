package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

const (
	taskQueue = "bench"
	// fanOut is how many activities W3 and W4 run, and how many children W7 has.
	fanOut    = 10
	timerTime = 100 * time.Millisecond
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

// The names of workflows, of the activity, of the signal and of the update, for clients and workers of each SDK.
const (
	noActivity    = "W1-no-activity"
	oneActivity   = "W2-one-activity"
	tenInParallel = "W4-ten-in-parallel"
	takesSignals  = "W5-takes-signals"
	oneTimer      = "W6-one-timer"
	tenChildren   = "W7-ten-children"
	takesUpdates  = "W8-takes-updates"

	echoName   = "echo"
	numberName = "number"
	addName    = "add"
)

// lengths are how many activities those of W3 have that run one after the other.
var lengths = []int{fanOut, 100, 1000}

// inSequenceName is the name of the workflow of so many activities.
func inSequenceName(length int) string { return fmt.Sprintf("W3-%d-in-sequence", length) }

var workloads = []*workload{
	{name: "W1", about: "no activity", concurrency: []int{1, 64, 256}, once: echoes(noActivity)},
	{name: "W2", about: "one activity, 100 B in and out", concurrency: []int{1, 64, 256}, once: echoes(oneActivity)},
	{name: "W3", about: "ten activities, one after the other", concurrency: []int{1, 64, 256}, once: echoes(inSequenceName(lengths[0]))},
	{name: "W3-100", about: "100 activities, one after the other", concurrency: []int{1, 16}, once: echoes(inSequenceName(lengths[1]))},
	{name: "W3-1000", about: "1,000 activities, one after the other", concurrency: []int{1, 16}, once: echoes(inSequenceName(lengths[2]))},
	{name: "W4", about: "ten activities at once", concurrency: []int{1, 64, 256}, once: echoes(tenInParallel)},
	{name: "W5", about: "100 signals, sent one after the other", concurrency: []int{1, 16, 64, 256}, once: stream{takesSignals, 1, 100}.signals},
	{name: "W6", about: "a timer of 100 ms", concurrency: []int{1, 64, 256}, once: echoes(oneTimer)},
	{name: "W7", about: "a parent with ten children at once", concurrency: []int{1, 16, 64}, once: echoes(tenChildren)},
	{name: "W8", about: "1,000 updates, by eight senders, each waiting for the result", concurrency: []int{1, 4}, once: stream{takesUpdates, 8, 125}.updates},
	{name: "W9", about: "10,000 signals, by ten senders, each waiting for the acknowledgement", concurrency: []int{1, 4}, once: stream{takesSignals, 10, 1000}.signals},
}

func (w *workload) key() string { return w.name }

// echoes runs a workflow that returns what it was given.
func echoes(workflow string) func(context.Context, caller, string) error {
	return func(ctx context.Context, c caller, id string) error {
		run, err := c.startEcho(ctx, workflow, id, payload)
		if err != nil {
			return fmt.Errorf("starting workflow %s: %w", id, err)
		}
		return expect(ctx, run, id, payload)
	}
}

// expect waits for a run's result and checks it.
func expect[Out comparable](ctx context.Context, r run[Out], id string, want Out) error {
	got, err := r.result(ctx)
	if err != nil {
		return fmt.Errorf("result of workflow %s: %w", id, err)
	}
	if got != want {
		return fmt.Errorf("result of workflow %s: %v, and it should be %v", id, got, want)
	}
	return nil
}
