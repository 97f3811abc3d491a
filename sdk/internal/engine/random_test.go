package engine_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"pgregory.net/rapid"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/internal/engine"
	"github.com/perdure/perdure/sdk/workflow"
	"github.com/perdure/perdure/sdk/workflowtest"
)

var echo = activity.Declare[string, string]("Act")

// A program is a random workflow: each step says what a coroutine does next.
type program struct {
	Steps   []int
	Forks   int
	Patient bool // it ends when no handler runs
}

var programs = workflow.Declare[program, []string]("Program")

// interpreter runs programs, using whatever can make a workflow's course hard to repeat.
var interpreter = programs.Implement(func(ctx workflow.Context, p program) ([]string, error) {
	var trace []string
	signals := word.Channel(ctx)
	handOver := workflow.NewBufferedChannel[int](ctx, 1)
	gate := workflow.NewSemaphore(ctx, 2)
	group := workflow.NewWaitGroup(ctx)
	if len(p.Steps)%2 == 0 {
		change(ctx, changes[0], &trace)
	}
	strand := func(ctx workflow.Context, id int) {
		defer group.Done()
		for i, step := range p.Steps {
			if (step+id)%3 == 0 && id > 0 {
				continue
			}
			note := func(format string, args ...any) {
				trace = append(trace, fmt.Sprintf("%d.%d ", id, i)+fmt.Sprintf(format, args...))
			}
			wait := time.Duration(step%7+1) * time.Second
			actCtx := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute, WaitForCancellation: step%2 == 0,
				RetryPolicy: &workflow.RetryPolicy{MaximumAttempts: 2}})
			localCtx := workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
				StartToCloseTimeout: time.Minute, RetryPolicy: &workflow.RetryPolicy{InitialInterval: 4 * wait, MaximumAttempts: 3},
			})
			switch step % 18 {
			case 0:
				note("slept %v", workflow.Sleep(ctx, wait) != nil)
			case 1:
				out, err := workflow.ExecuteActivity(actCtx, echo, fmt.Sprint(step)).Get(ctx)
				note("activity %q %v", out, err != nil)
			case 2:
				v, err := workflow.SideEffect(ctx, func() int { return step * 7 })
				note("side effect %d %v", v, err)
			case 3:
				note("version %d", workflow.GetVersion(ctx, fmt.Sprint(step), workflow.DefaultVersion, 1))
			case 4:
				v, ok, err := signals.ReceiveWithTimeout(ctx, wait)
				note("signal %q %v %v", v, ok, err != nil)
			case 5:
				timerCtx, cancel := workflow.WithCancel(actCtx)
				timer := workflow.NewTimer(timerCtx, wait)
				act := workflow.ExecuteActivity(timerCtx, echo, "race")
				workflow.NewSelector(ctx).
					AddFuture(timer, func() { note("timer won") }).
					AddFuture(act, func() { note("activity won") }).
					AddReceive(signals, func() { v, _ := signals.Receive(ctx); note("signal %q won", v) }).
					AddReceive(ctx.Done(), func() { note("cancel won") }).
					Select(ctx)
				cancel()
				_, err := act.Get(ctx)
				note("activity canceled %v", failure.IsCanceled(err))
			case 6:
				note("hand over %v", handOver.SendAsync(step))
			case 7:
				v, ok := handOver.ReceiveAsync()
				note("handed %d %v", v, ok)
			case 8:
				note("uuid %s", workflow.NewUUID(ctx))
			case 9:
				note("await %v", workflow.Await(ctx, func() bool { return len(trace) > 0 || id == 0 }) != nil)
			case 10:
				v, err := workflow.MutableSideEffect(ctx, fmt.Sprint(step%3), func() int { return len(trace) / 4 }, func(a, b int) bool { return a == b })
				note("mutable side effect %d %v", v, err)
			case 12:
				out, err := workflow.ExecuteLocalActivity(localCtx, echo, fmt.Sprint(step)).Get(ctx)
				note("local activity %q %v at %v", out, err != nil, workflow.Now(ctx))
			case 13:
				raceCtx, cancel := workflow.WithCancel(localCtx)
				first, second := workflow.ExecuteLocalActivity(raceCtx, echo, "first"), workflow.ExecuteLocalActivity(raceCtx, echo, "second")
				workflow.NewSelector(ctx).
					AddFuture(first, func() { note("first won") }).
					AddFuture(second, func() { note("second won") }).
					AddReceive(ctx.Done(), func() { note("cancel won") }).
					Select(ctx)
				if step%3 > 0 {
					cancel()
					_, err := workflow.All(ctx, first, second).Get(ctx)
					note("local activities canceled %v", failure.IsCanceled(err))
				}
			case 14:
				raise(ctx, step, note)
			case 15:
				var value any
				if step%4 > 0 {
					value = len(trace)
				}
				err := workflow.UpsertSearchAttributes(ctx, map[string]any{fmt.Sprint("Number", step%3): value})
				note("search attributes %v %v", fields(workflow.GetInfo(ctx).SearchAttributes.GetIndexedFields()), err)
			case 16:
				err := workflow.UpsertMemo(ctx, map[string]any{fmt.Sprint(step % 3): []int{id, len(trace)}[:step%3]})
				note("memo %v %v", fields(workflow.GetInfo(ctx).Memo.GetFields()), err)
			case 17:
				change(ctx, changes[step%2], &trace)
			case 11:
				err := gate.Acquire(ctx, int64(step%2+1))
				note("gate %v", err != nil)
				if err == nil {
					note("held %v", workflow.Sleep(ctx, wait) != nil)
					gate.Release(int64(step%2 + 1))
				}
			}
		}
	}
	group.Add(p.Forks + 1)
	for id := 1; id <= p.Forks; id++ {
		workflow.Go(ctx, func(ctx workflow.Context) { strand(ctx, id) })
	}
	strand(ctx, 0)
	group.Wait(ctx)
	if p.Patient {
		if err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) }); err != nil {
			return trace, nil
		}
	}
	return trace, nil
})

// fields are those of a memo or of search attributes, in order.
func fields(of map[string]*commonpb.Payload) (all []string) {
	for _, name := range slices.Sorted(maps.Keys(of)) {
		all = append(all, name+"="+string(of[name].GetData()))
	}
	return all
}

// However a run goes, running its history from scratch leads to the same commands at every task, and
// to the same end, as running it step by step did.
func TestReplayEqualsTheFirstRun(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := program{
			Steps: rapid.SliceOfN(rapid.IntRange(0, 100), 1, 12).Draw(rt, "steps"),
			Forks: rapid.IntRange(0, 3).Draw(rt, "forks"), Patient: rapid.Bool().Draw(rt, "patient"),
		}
		env := workflowtest.New(t, workflowtest.Options{}, interpreter, raised)
		calls := 0
		fails := rapid.IntRange(1, 5).Draw(rt, "every so many activities fail")
		workflowtest.OnActivity(env, echo, func(_ context.Context, in string) (string, error) {
			if calls++; calls%fails == 0 {
				return "", failure.NewApplicationError("no luck", "NoLuck")
			}
			return in, nil
		}).Takes(time.Duration(rapid.IntRange(0, 12).Draw(rt, "an activity takes")) * time.Second)
		for i, at := range rapid.SliceOfN(rapid.IntRange(0, 40), 0, 5).Draw(rt, "signals") {
			env.After(time.Duration(at)*time.Second, func() { require.NoError(rt, workflowtest.Signal(env, word, fmt.Sprint(i))) })
		}
		for i, at := range rapid.SliceOfN(rapid.IntRange(-5, 30), 0, 8).Draw(rt, "updates") {
			u, n := changes[i%2], rapid.IntRange(0, 20).Draw(rt, "update")
			if at <= 0 {
				workflowtest.Update(env, "", u, n)
			} else {
				env.After(time.Duration(at)*time.Second, func() { workflowtest.Update(env, "", u, n) })
			}
		}
		if rapid.Bool().Draw(rt, "cancelled") {
			env.After(time.Duration(rapid.IntRange(0, 30).Draw(rt, "cancelled at"))*time.Second, env.Cancel)
		}
		_, err := workflowtest.Execute(env, programs, p) // replays the whole history as well
		require.NoError(rt, err)

		events := env.History().GetEvents()
		for i, e := range events {
			if e.GetEventType() != enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
				continue
			}
			r := newRun(rt, engine.Options{Namespace: "test"}, interpreter)
			r.task.WorkflowExecution.RunId = events[0].GetWorkflowExecutionStartedEventAttributes().GetOriginalExecutionRunId()
			r.task.Messages = messages(rt, events[i+1:])
			done, err := r.handle(events[:i])
			require.NoError(rt, err)
			done = r.answer(rt, done, events[i+1:])
			r.Close()
			requireSame(rt, done.GetCommands(), events[i+1:])
		}
	})
}
