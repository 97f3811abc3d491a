package main

import "github.com/perdure/perdure/sdk/workflow"

const taskQueue = "meters"

// State is what goes from run to run.
type State struct {
	// PerRun is how many readings a run takes before it goes on in the next; zero leaves it to the service's advice.
	PerRun   int `json:"per_run"`
	Runs     int `json:"runs"`
	Readings int `json:"readings"`
	Sum      int `json:"sum"`
}

// The workflow and its signals.
var (
	Meter   = workflow.Declare[State, State]("Meter")
	Reading = workflow.DeclareSignal[int]("reading")
	Close   = workflow.DeclareSignal[workflow.None]("close")
)

func meter(ctx workflow.Context, s State) (State, error) {
	s.Runs++
	readings, closing := Reading.Channel(ctx), Close.Channel(ctx)
	take := func(watts int) {
		s.Readings++
		s.Sum += watts
	}
	over := false
	selector := workflow.NewSelector(ctx).
		AddReceive(readings, func() {
			watts, _ := readings.Receive(ctx)
			take(watts)
		}).
		AddReceive(closing, func() { over = true }).
		AddReceive(ctx.Done(), func() { over = true })
	for taken := 0; !over && !full(ctx, taken, s.PerRun); taken++ {
		selector.Select(ctx)
	}
	for watts, came := readings.ReceiveAsync(); came; watts, came = readings.ReceiveAsync() {
		take(watts)
	}
	if over || closing.Len() > 0 {
		return s, ctx.Err()
	}
	return s, workflow.NewContinueAsNewError(ctx, Meter, s)
}

// full tells whether it is time for a new run. The service advises it from 4,096 events or 4 MiB on.
func full(ctx workflow.Context, taken, most int) bool {
	if most > 0 {
		return taken >= most
	}
	return workflow.GetInfo(ctx).ContinueAsNewAdvice
}
