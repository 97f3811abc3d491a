package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// greet is the plain activity.
func greet(_ context.Context, name string) (string, error) { return "hello " + name, nil }

// callAct runs one activity, "Act", at most attempts times.
func callAct(attempts int32) func(workflow.Context) (string, error) {
	return func(ctx workflow.Context) (string, error) {
		var out string
		err := workflow.ExecuteActivity(withActivity(ctx, attempts), "Act", "one").Get(ctx, &out)
		return out, err
	}
}

// callWith runs "Act" with the given options.
func callWith(o workflow.ActivityOptions) func(workflow.Context) (string, error) {
	return func(ctx workflow.Context) (string, error) {
		var out string
		err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, o), "Act", "one").Get(ctx, &out)
		return out, err
	}
}

// single is a scenario of one workflow that runs "Act" to its end.
func single(name, doc string, wf any, act func(e *Env) any) Scenario {
	return Scenario{Name: name, Family: "activity", Doc: doc, Run: func(ctx context.Context, e *Env) error {
		e.Work(defs{"Caller": wf}, defs{"Act": act(e)})
		run := e.Start(ctx, "wf", "Caller")
		e.NoteResult(ctx, "result", run)
		e.Finish(ctx, run)
		return nil
	}}
}

// plainAct is an activity that needs nothing of the environment.
func plainAct(f any) func(*Env) any { return func(*Env) any { return f } }

// failing is an activity that fails in its first n attempts.
func failing(n int32, err func(attempt int32) error) any {
	return func(ctx context.Context, _ string) (string, error) {
		attempt := activity.GetInfo(ctx).Attempt
		if attempt <= n {
			return "", err(attempt)
		}
		return fmt.Sprintf("attempt %d", attempt), nil
	}
}

func numbered(attempt int32) error {
	return temporal.NewApplicationError(fmt.Sprintf("attempt %d failed", attempt), "Flaky", attempt)
}

// blocked is an activity that waits at the gate "act".
func blocked(e *Env) any {
	return func(context.Context, string) (string, error) {
		e.Gate("act").Pass()
		return "too late", nil
	}
}

// cancelAtSignal starts "Act", cancels it at the signal "cancel", and returns
// what became of it.
func cancelAtSignal(o workflow.ActivityOptions) func(workflow.Context) (string, error) {
	return func(ctx workflow.Context) (string, error) {
		actCtx, cancel := workflow.WithCancel(workflow.WithActivityOptions(ctx, o))
		f := workflow.ExecuteActivity(actCtx, "Act", "one")
		receive(ctx, "cancel")
		cancel()
		var out string
		err := f.Get(ctx, &out)
		if temporal.IsCanceledError(err) {
			return "canceled", nil
		}
		return out, err
	}
}

// untilCanceled heartbeats until it is told to cancel.
func untilCanceled(e *Env) any {
	return func(ctx context.Context, _ string) (string, error) {
		for {
			activity.RecordHeartbeat(ctx)
			select {
			case <-ctx.Done():
				return "", temporal.NewCanceledError("cleaned up")
			case <-time.After(50 * time.Millisecond):
			}
			e.Gate("running").Reach()
		}
	}
}

var activityScenarios = []Scenario{
	single("activity-one", "One activity.", callAct(1), plainAct(greet)),
	single("activity-nil-result", "An activity without a result.", func(ctx workflow.Context) error {
		return workflow.ExecuteActivity(withActivity(ctx, 1), "Act").Get(ctx, nil)
	}, plainAct(func(context.Context) error { return nil })),

	{Name: "activity-parallel", Family: "activity", Doc: "Three activities at once; they end in the order 3, 1, 2 and are awaited in the order 1, 2, 3.", Run: activityParallel},
	{Name: "activity-fifty", Family: "activity", Doc: "Fifty activities in one workflow task; they complete by id, in order, while a workflow task is running.", Run: activityFifty},
	single("activity-retry", "Two failed attempts, then success.", callAct(0), plainAct(failing(2, numbered))),
	single("activity-non-retryable-error", "A non-retryable application error.", callAct(0), plainAct(failing(1, func(int32) error {
		return temporal.NewNonRetryableApplicationError("never again", "Fatal", errors.New("the cause"), "detail", 7)
	}))),

	single("activity-next-retry-delay", "The failure sets the delay of the next attempt.", callWith(workflow.ActivityOptions{
		StartToCloseTimeout: 20 * time.Second,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Minute},
	}), plainAct(failing(1, func(int32) error {
		return temporal.NewApplicationErrorWithOptions("soon", "Soon", temporal.ApplicationErrorOptions{NextRetryDelay: 200 * time.Millisecond})
	}))),

	single("activity-error-chain", "An application error with details and a chain of causes.", callAct(1), plainAct(failing(9, func(int32) error {
		inner := temporal.NewApplicationError("inner", "Inner", "x")
		return temporal.NewApplicationErrorWithCause("outer", "Outer", fmt.Errorf("wrapped: %w", inner), map[string]int{"n": 1}, nil)
	}))),
	single("activity-panic", "The activity panics.", callAct(1), plainAct(func(context.Context, string) (string, error) { panic("no way") })),
	single("activity-unknown-type", "No worker knows the activity type.", func(ctx workflow.Context) error {
		return workflow.ExecuteActivity(withActivity(ctx, 1), "Unknown").Get(ctx, nil)
	}, plainAct(greet)),

	single("activity-start-to-close-timeout", "The only attempt takes too long.", callWith(workflow.ActivityOptions{
		StartToCloseTimeout: time.Second,
		RetryPolicy:         retry(1),
	}), blocked),
	single("activity-timeout-then-success", "The first attempt times out, the second succeeds.", callWith(workflow.ActivityOptions{
		StartToCloseTimeout: time.Second,
		RetryPolicy:         retry(0),
	}), func(e *Env) any {
		return func(ctx context.Context, _ string) (string, error) {
			if activity.GetInfo(ctx).Attempt == 1 {
				e.Gate("act").Pass()
			}
			return "second", nil
		}
	}),
	single("activity-schedule-to-close-timeout", "The first attempt fails, the second is running when the schedule-to-close timeout fires.", callWith(workflow.ActivityOptions{
		ScheduleToCloseTimeout: 1500 * time.Millisecond,
		RetryPolicy:            retry(0),
	}), func(e *Env) any {
		return func(ctx context.Context, _ string) (string, error) {
			if n := activity.GetInfo(ctx).Attempt; n == 1 {
				return "", numbered(n)
			}
			e.Gate("act").Pass()
			return "too late", nil
		}
	}),

	single("activity-heartbeat-timeout", "The activity never heartbeats.", callWith(workflow.ActivityOptions{
		StartToCloseTimeout: 20 * time.Second,
		HeartbeatTimeout:    time.Second,
		RetryPolicy:         retry(1),
	}), blocked),
	single("activity-heartbeat-timeout-details", "The activity heartbeats once, then stalls: the timeout carries the details.", callWith(workflow.ActivityOptions{
		StartToCloseTimeout: 20 * time.Second,
		HeartbeatTimeout:    time.Second,
		RetryPolicy:         retry(1),
	}), func(e *Env) any {
		return func(ctx context.Context, _ string) (string, error) {
			activity.RecordHeartbeat(ctx, "step", 3)
			e.Gate("act").Pass()
			return "", nil
		}
	}),

	{Name: "activity-cancel-try", Family: "activity", Doc: "Cancel without waiting: the workflow goes on at once.", Run: func(ctx context.Context, e *Env) error {
		e.Work(defs{"Caller": cancelAtSignal(workflow.ActivityOptions{StartToCloseTimeout: 20 * time.Second})}, defs{"Act": blocked(e)})
		run := e.Start(ctx, "wf", "Caller")
		e.Reached(ctx, "act")
		e.Idle(ctx, run.GetID(), 1)
		e.Signal(ctx, run.GetID(), "cancel", "now")
		e.NoteResult(ctx, "result", run)
		e.Finish(ctx, run)
		return nil
	}},
	{Name: "activity-cancel-wait", Family: "activity", Doc: "Cancel and wait until the activity reports its cancellation, with details.", Run: func(ctx context.Context, e *Env) error {
		e.Work(defs{"Caller": cancelAtSignal(workflow.ActivityOptions{
			StartToCloseTimeout: 20 * time.Second, HeartbeatTimeout: time.Second, WaitForCancellation: true,
		})}, defs{"Act": untilCanceled(e)})
		run := e.Start(ctx, "wf", "Caller")
		e.Reached(ctx, "running")
		e.Idle(ctx, run.GetID(), 1)
		e.Signal(ctx, run.GetID(), "cancel", "now")
		e.NoteResult(ctx, "result", run)
		e.Finish(ctx, run)
		return nil
	}},
	{Name: "activity-cancel-wait-completed", Family: "activity", Doc: "Cancel and wait, but the activity ignores it and completes.", Run: func(ctx context.Context, e *Env) error {
		e.Work(defs{"Caller": cancelAtSignal(workflow.ActivityOptions{
			StartToCloseTimeout: 20 * time.Second, WaitForCancellation: true,
		})}, defs{"Act": blocked(e)})
		run := e.Start(ctx, "wf", "Caller")
		e.Reached(ctx, "act")
		e.Idle(ctx, run.GetID(), 1)
		e.Signal(ctx, run.GetID(), "cancel", "now")
		e.Idle(ctx, run.GetID(), 2)
		e.Gate("act").Open()
		e.NoteResult(ctx, "result", run)
		e.Finish(ctx, run)
		return nil
	}},
	{Name: "activity-cancel-before-started", Family: "activity", Doc: "Cancel and wait, while the activity still sits in a queue nobody polls.", Run: func(ctx context.Context, e *Env) error {
		e.Work(defs{"Caller": cancelAtSignal(workflow.ActivityOptions{
			TaskQueue: e.Queue("nobody"), StartToCloseTimeout: 20 * time.Second, WaitForCancellation: true,
		})}, nil)
		run := e.Start(ctx, "wf", "Caller")
		e.Idle(ctx, run.GetID(), 1)
		e.Signal(ctx, run.GetID(), "cancel", "now")
		e.NoteResult(ctx, "result", run)
		e.Finish(ctx, run)
		return nil
	}},

	{Name: "activity-cancel-same-task", Family: "activity", Doc: "Schedule and cancel an activity in one workflow task.", Run: func(ctx context.Context, e *Env) error {
		e.Work(defs{"Caller": func(ctx workflow.Context) (string, error) {
			actCtx, cancel := workflow.WithCancel(withActivity(ctx, 1))
			f := workflow.ExecuteActivity(actCtx, "Act", "one")
			cancel()
			if err := f.Get(ctx, nil); temporal.IsCanceledError(err) {
				return "canceled", nil
			}
			return "not canceled", nil
		}}, defs{"Act": greet})
		run := e.Start(ctx, "wf", "Caller")
		e.NoteResult(ctx, "result", run)
		e.Finish(ctx, run)
		return nil
	}},
	{Name: "activity-abandon", Family: "activity", Doc: "The workflow closes while its activity runs; the late completion is refused.", Run: func(ctx context.Context, e *Env) error {
		tokens := make(chan []byte, 1)
		e.Work(defs{"Caller": func(ctx workflow.Context) (string, error) {
			workflow.ExecuteActivity(withActivity(ctx, 1), "Act", "one")
			return receive(ctx, "go"), nil
		}}, defs{"Act": pending(tokens)})
		run := e.Start(ctx, "wf", "Caller")
		token := e.token(ctx, tokens)
		e.Idle(ctx, run.GetID(), 1)
		e.Signal(ctx, run.GetID(), "go", "bye")
		e.NoteResult(ctx, "result", run)
		e.NoteError("late completion", e.CompleteActivity(ctx, token, "late", nil))
		e.Finish(ctx, run)
		return nil
	}},
	{Name: "activity-async-by-token", Family: "activity", Doc: "Completion from outside, by token.", Run: async(func(ctx context.Context, e *Env, _ client.WorkflowRun, token []byte) error {
		return e.CompleteActivity(ctx, token, "from outside", nil)
	})},
	{Name: "activity-async-by-id", Family: "activity", Doc: "Completion from outside, by activity id.", Run: async(func(ctx context.Context, e *Env, run client.WorkflowRun, _ []byte) error {
		return e.CompleteActivityByID(ctx, e.Namespace, run.GetID(), "", "the-activity", "from outside", nil)
	})},

	single("activity-summary", "User metadata on the scheduled event.", callWith(workflow.ActivityOptions{
		StartToCloseTimeout: 20 * time.Second,
		Summary:             "greets one",
	}), plainAct(greet)),
	single("activity-all-timeouts", "Every timeout set; the server caps them by schedule-to-close.", callWith(workflow.ActivityOptions{
		ScheduleToCloseTimeout: 10 * time.Second,
		ScheduleToStartTimeout: 30 * time.Second,
		StartToCloseTimeout:    40 * time.Second,
		HeartbeatTimeout:       50 * time.Second,
	}), plainAct(greet)),
}

func activityParallel(ctx context.Context, e *Env) error {
	e.Work(defs{"Caller": func(ctx workflow.Context) (string, error) {
		ctx = withActivity(ctx, 1)
		var fs []workflow.Future
		for _, name := range []string{"1", "2", "3"} {
			fs = append(fs, workflow.ExecuteActivity(ctx, "Act", name))
		}
		out := ""
		for _, f := range fs {
			var s string
			if err := f.Get(ctx, &s); err != nil {
				return "", err
			}
			out += s + "; "
		}
		return out, nil
	}}, defs{"Act": func(_ context.Context, name string) (string, error) {
		e.Gate(name).Pass()
		return "done " + name, nil
	}})
	run := e.Start(ctx, "wf", "Caller")
	for _, name := range []string{"1", "2", "3"} {
		e.Reached(ctx, name)
	}
	for i, name := range []string{"3", "1", "2"} {
		e.Idle(ctx, run.GetID(), i+1)
		e.Gate(name).Open()
	}
	e.NoteResult(ctx, "result", run)
	e.Finish(ctx, run)
	return nil
}

func activityFifty(ctx context.Context, e *Env) error {
	const n = 50
	var started sync.WaitGroup
	started.Add(n)
	e.Work(defs{"Caller": func(ctx workflow.Context) (int, error) {
		var fs []workflow.Future
		for i := range n {
			fs = append(fs, workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
				ActivityID: fmt.Sprintf("act-%02d", i), StartToCloseTimeout: 20 * time.Second,
			}), "Act", i))
		}
		receive(ctx, "hold")
		e.Gate("task").Pass()
		sum := 0
		for _, f := range fs {
			var v int
			if err := f.Get(ctx, &v); err != nil {
				return 0, err
			}
			sum += v
		}
		return sum, nil
	}}, defs{"Act": func(context.Context, int) (int, error) {
		started.Done()
		return 0, activity.ErrResultPending
	}})
	run := e.Start(ctx, "wf", "Caller")
	started.Wait()
	e.Idle(ctx, run.GetID(), 1)
	e.Signal(ctx, run.GetID(), "hold", "")
	e.Reached(ctx, "task")
	for i := range n {
		e.check(e.CompleteActivityByID(ctx, e.Namespace, run.GetID(), "", fmt.Sprintf("act-%02d", i), i, nil), "complete")
	}
	e.Gate("task").Open()
	e.NoteResult(ctx, "result", run)
	e.Finish(ctx, run)
	return nil
}

// pending is an activity that hands out its token and completes elsewhere.
func pending(tokens chan<- []byte) any {
	return func(ctx context.Context, _ string) (string, error) {
		tokens <- activity.GetInfo(ctx).TaskToken
		return "", activity.ErrResultPending
	}
}

func (e *Env) token(ctx context.Context, tokens <-chan []byte) []byte {
	select {
	case <-ctx.Done():
		e.check(ctx.Err(), "waiting for a task token")
		return nil
	case t := <-tokens:
		return t
	}
}

// async runs one activity that finish completes from outside.
func async(finish func(context.Context, *Env, client.WorkflowRun, []byte) error) func(context.Context, *Env) error {
	return func(ctx context.Context, e *Env) error {
		tokens := make(chan []byte, 1)
		e.Work(defs{"Caller": callWith(workflow.ActivityOptions{
			ActivityID: "the-activity", StartToCloseTimeout: 20 * time.Second, RetryPolicy: retry(1),
		})}, defs{"Act": pending(tokens)})
		run := e.Start(ctx, "wf", "Caller")
		token := e.token(ctx, tokens)
		e.check(finish(ctx, e, run, token), "complete")
		e.NoteResult(ctx, "result", run)
		e.Finish(ctx, run)
		return nil
	}
}
