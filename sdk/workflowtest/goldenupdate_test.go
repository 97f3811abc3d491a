package workflowtest

import (
	"maps"

	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
)

var (
	addTo    = workflow.DeclareUpdate[int, int]("add")
	slowly   = workflow.DeclareUpdate[string, string]("slow")
	gated    = workflow.DeclareUpdate[int, int]("gated")
	failing  = workflow.DeclareUpdate[none, none]("fail")
	finish   = workflow.DeclareUpdate[string, string]("finish")
	openGate = workflow.DeclareSignal[string]("open")
)

func init() {
	for _, name := range []string{
		"update-completed", "update-failed", "update-with-activity", "update-accepted-then-completed", "update-same-id", "update-two-gated",
		"update-workflow-closes-first", "update-with-start", "update-with-start-rejected", "update-outcome-after-close",
	} {
		goldenWorkflows[name] = counting(count)
	}
	maps.Copy(goldenWorkflows, map[string]workflow.Implementation{
		"update-two-at-once": counting(func(ctx wctx) (int, error) {
			workflow.Go(ctx, func(ctx wctx) { receive(ctx, hold) })
			return count(ctx)
		}),
		"update-closes-workflow": workflow.Declare[none, string]("Counter").Implement(func(ctx wctx, _ none) (string, error) {
			done := ""
			finish.Handle(ctx, func(_ wctx, s string) (string, error) {
				done = s
				return "finished", nil
			})
			return done, workflow.Await(ctx, func() bool { return done != "" })
		}),
		"update-rejected-signal-during-task": workflow.Declare[none, string]("Counter").Implement(func(ctx wctx, _ none) (string, error) {
			addTo.Handle(ctx, func(wctx, int) (int, error) { return 0, nil })
			return waitForGo(ctx)
		}),
	})
}

func counting(fn func(wctx) (int, error)) workflow.Implementation {
	return workflow.Declare[none, int]("Counter").Implement(func(ctx wctx, _ none) (int, error) { return fn(ctx) })
}

// count adds what the updates "add" and "gated" bring, those of "gated" once the signal "open" has come, until the signal "go".
func count(ctx wctx) (int, error) {
	total, open := 0, false
	add := func(_ wctx, n int) (int, error) {
		total += n
		return total, nil
	}
	addTo.HandleWithOptions(ctx, workflow.UpdateHandlerOptions[int]{Validator: noNegative}, add)
	slowly.Handle(ctx, func(ctx wctx, name string) (string, error) {
		return workflow.ExecuteActivity(withActivity(ctx), act, name).Get(ctx)
	})
	gated.Handle(ctx, func(ctx wctx, n int) (int, error) {
		if err := workflow.Await(ctx, func() bool { return open }); err != nil {
			return 0, err
		}
		return add(ctx, n)
	})
	failing.Handle(ctx, func(wctx, none) (none, error) {
		return none{}, failure.NewApplicationError("update failed", "Bad", "detail")
	})
	workflow.Go(ctx, func(ctx wctx) {
		receive(ctx, openGate)
		open = true
	})
	receive(ctx, goSignal)
	return total, nil
}

func noNegative(_ wctx, n int) error {
	if n < 0 {
		return failure.NewApplicationError("no negative numbers", "Negative")
	}
	return nil
}
