package engine_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	querypb "go.temporal.io/api/query/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/internal/attempt"
	"github.com/perdure/perdure/sdk/internal/command"
	"github.com/perdure/perdure/sdk/internal/engine"
	"github.com/perdure/perdure/sdk/workflow"
)

type completion = workflowservice.RespondWorkflowTaskCompletedRequest

// localMarker is what markers of local activities say, as Temporal's Go SDK writes it.
type localMarker struct {
	ActivityID, ActivityType string
	ReplayTime               time.Time
	Attempt                  int32
	Backoff                  time.Duration
}

func readMarker(t require.TestingT, e *historypb.HistoryEvent) (m localMarker) {
	require.NoError(t, converter.DecodeAll(converter.Default(), e.GetMarkerRecordedEventAttributes().GetDetails()["data"], &m))
	return m
}

// answer completes a task as the history has it completed: its local activities come to what the markers say, in their
// order; where they do not say all, it is a heartbeat.
func (r *run) answer(t require.TestingT, done *completion, events []*historypb.HistoryEvent) *completion {
	open := map[string]*engine.LocalActivity{}
	for _, e := range events {
		if !command.IsCommandEvent(e.GetEventType()) {
			break
		}
		attrs := e.GetMarkerRecordedEventAttributes()
		if attrs.GetMarkerName() != "LocalActivity" {
			continue
		}
		for _, a := range r.LocalActivities() {
			open[a.ID] = a
		}
		m := readMarker(t, e)
		require.Nil(t, done)
		require.NotNil(t, open[m.ActivityID], "local activity %s was not asked for", m.ActivityID)
		require.GreaterOrEqual(t, m.Attempt, open[m.ActivityID].Attempt)
		var err error
		done, err = r.Resolve(context.Background(), open[m.ActivityID], engine.LocalOutcome{
			Attempt: m.Attempt, Backoff: m.Backoff, Elapsed: m.ReplayTime.Sub(r.taskTime),
			Result: attrs.GetDetails()["result"], Failure: attrs.GetFailure(),
		})
		require.NoError(t, err)
	}
	if done == nil {
		done = r.Heartbeat(context.Background())
		require.True(t, done.GetForceCreateNewWorkflowTask())
	}
	return done
}

func callLocal(o workflow.LocalActivityOptions) workflow.Implementation {
	return workflow.Declare[none, string]("Caller").Implement(func(ctx workflow.Context, _ none) (string, error) {
		return workflow.ExecuteLocalActivity(workflow.WithLocalActivityOptions(ctx, o), echo, "one").Get(ctx)
	})
}

// The commands of every task are, attribute by attribute, the events that Temporal's SDK has left.
func TestLocalActivitiesLeaveTheEventsOfTemporal(t *testing.T) {
	options := workflow.LocalActivityOptions{StartToCloseTimeout: 5 * time.Second}
	for name, impl := range map[string]workflow.Implementation{
		"localactivity-success": callLocal(options), "localactivity-failed": callLocal(options),
		"localactivity-retries-exhausted": callLocal(options), "localactivity-long": callLocal(options),
		"localactivity-retry-by-timer": callLocal(options),
		"localactivity-then-activity": workflow.Declare[none, string]("Caller").Implement(func(ctx workflow.Context, _ none) (string, error) {
			a, err := workflow.ExecuteLocalActivity(workflow.WithLocalActivityOptions(ctx, options), echo, "a").Get(ctx)
			if err != nil {
				return "", err
			}
			b, err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 20 * time.Second}), echo, "b").Get(ctx)
			return a + ", " + b, err
		}),
	} {
		t.Run(name, func(t *testing.T) {
			events := goldenEvents(t, name)
			// Once from the beginning for each task, and once step by step, as a worker does.
			stepwise, seen := newRun(t, engine.Options{}, impl), 0
			for i, e := range events {
				if e.GetEventType() != enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
					continue
				}
				fresh := newRun(t, engine.Options{}, impl)
				for r, part := range map[*run][]*historypb.HistoryEvent{fresh: events[:i], stepwise: events[seen:i]} {
					done, err := r.handle(part)
					require.NoError(t, err)
					done = r.answer(t, done, events[i+1:])
					requireSame(t, done.GetCommands(), events[i+1:])
					for j, c := range done.GetCommands() {
						requireSameFailure(t, events[i+1+j].GetMarkerRecordedEventAttributes().GetFailure(), c.GetRecordMarkerCommandAttributes().GetFailure())
					}
				}
				seen = i
			}
		})
	}
}

func requireSameFailure(t *testing.T, want, got *failurepb.Failure) {
	got = proto.CloneOf(got)
	if got != nil {
		got.Source = "GoSDK"
	}
	require.True(t, proto.Equal(want, got), "%v is not %v", got, want)
}

var local = workflow.LocalActivityOptions{StartToCloseTimeout: time.Minute}

func withLocal(ctx workflow.Context) workflow.Context {
	return workflow.WithLocalActivityOptions(ctx, local)
}

// resolve gives a run the outcome of one of its local activities.
func (r *run) resolve(t *testing.T, a *engine.LocalActivity, result any, err error) *completion {
	t.Helper()
	encoded, encodeErr := converter.Encode(converter.Default(), result)
	require.NoError(t, encodeErr)
	done, err := r.Resolve(context.Background(), a, engine.LocalOutcome{Attempt: 1, Result: encoded, Failure: failure.FromError(converter.Default(), err), Elapsed: time.Second})
	require.NoError(t, err)
	return done
}

// Several at a time end in any order; the code goes on after each, and the task is completed after the last.
func TestLocalActivitiesInParallel(t *testing.T) {
	impl := alone(func(ctx workflow.Context) (string, error) {
		ctx = withLocal(ctx)
		begin := workflow.Now(ctx)
		out := ""
		s := workflow.NewSelector(ctx)
		for _, name := range []string{"a", "b", "c"} {
			f := workflow.ExecuteLocalActivity(ctx, echo, name)
			s.AddFuture(f, func() { v, _ := f.Get(ctx); out += v })
		}
		for range 3 {
			s.Select(ctx)
			out += fmt.Sprint(workflow.Now(ctx).Sub(begin))
			workflow.NewTimer(ctx, time.Hour)
		}
		return out, nil
	})
	r := newRun(t, engine.Options{}, impl)
	s := newScript().started()
	done, err := r.handle(s.events)
	require.NoError(t, err)
	require.Nil(t, done)
	all := r.LocalActivities()
	require.Len(t, all, 3)
	require.Empty(t, r.LocalActivities(), "each is given out once")
	for i, a := range all {
		require.Equal(t, fmt.Sprint(i+1), a.ID)
		require.NoError(t, a.Canceled.Err())
	}
	require.Nil(t, r.resolve(t, all[2], "c", nil))
	require.Nil(t, r.resolve(t, all[0], "a", nil))
	require.Nil(t, r.resolve(t, all[0], "twice", nil))
	done = r.resolve(t, all[1], "b", nil)
	want := []string{"RecordMarker", "StartTimer", "RecordMarker", "StartTimer", "RecordMarker", "StartTimer", "CompleteWorkflowExecution"}
	require.Equal(t, want, types(done.GetCommands()))
	require.JSONEq(t, `"c1sa1sb1s"`, resultOf(done))
	require.False(t, done.GetForceCreateNewWorkflowTask())
	require.Nil(t, r.Heartbeat(context.Background()), "no task is open")

	again := newRun(t, engine.Options{}, impl)
	s.completed()
	for _, c := range done.GetCommands() {
		s.recorded(c)
	}
	again.task.Query = &querypb.WorkflowQuery{}
	_, err = again.handle(s.events)
	require.NoError(t, err, "a replay takes them in the order of the markers")
}

func resultOf(done *completion) string {
	commands := done.GetCommands()
	return string(commands[len(commands)-1].GetCompleteWorkflowExecutionCommandAttributes().GetResult().GetPayloads()[0].GetData())
}

func TestLocalActivityIsCancelled(t *testing.T) {
	cancelled := func(begin func(ctx workflow.Context, cancel func())) workflow.Implementation {
		return alone(func(ctx workflow.Context) (bool, error) {
			ctx, cancel := workflow.WithCancel(withLocal(ctx))
			begin(ctx, cancel)
			_, err := workflow.ExecuteLocalActivity(ctx, echo, "x").Get(ctx)
			return failure.IsCanceled(err), nil
		})
	}
	t.Run("before it begins", func(t *testing.T) {
		r := newRun(t, engine.Options{}, cancelled(func(_ workflow.Context, cancel func()) { cancel() }))
		_, err := r.handle(newScript().started().events)
		require.NoError(t, err)
		a := r.LocalActivities()[0]
		require.True(t, failure.IsCanceled(context.Cause(a.Canceled)))
		require.JSONEq(t, "true", resultOf(r.resolve(t, a, nil, context.Cause(a.Canceled))))
	})
	t.Run("by the cancellation of the run, which a heartbeat brings", func(t *testing.T) {
		r := newRun(t, engine.Options{}, cancelled(func(workflow.Context, func()) {}))
		s := newScript().started()
		_, err := r.handle(s.events)
		require.NoError(t, err)
		a := r.LocalActivities()[0]
		seen := s.last()
		require.Empty(t, r.Heartbeat(context.Background()).GetCommands())
		done, err := r.handle(s.completed().cancelRequested().started().events[seen:])
		require.NoError(t, err)
		require.Nil(t, done)
		require.Empty(t, r.LocalActivities())
		require.True(t, failure.IsCanceled(context.Cause(a.Canceled)))
		done = r.resolve(t, a, nil, context.Cause(a.Canceled))
		require.Equal(t, []string{"RecordMarker", "CompleteWorkflowExecution"}, types(done.GetCommands()))
		require.NotNil(t, done.GetCommands()[0].GetRecordMarkerCommandAttributes().GetFailure().GetCanceledFailureInfo())
	})
	t.Run("during the back-off by a timer", func(t *testing.T) {
		r := newRun(t, engine.Options{}, cancelled(func(workflow.Context, func()) {}))
		s := newScript().started()
		_, err := r.handle(s.events)
		require.NoError(t, err)
		done, err := r.Resolve(context.Background(), r.LocalActivities()[0], engine.LocalOutcome{Attempt: 7, Failure: &failurepb.Failure{Message: "x"}, Backoff: time.Minute})
		require.NoError(t, err)
		require.Equal(t, []string{"RecordMarker", "StartTimer"}, types(done.GetCommands()))
		seen := s.last()
		s.completed().recorded(done.GetCommands()[0]).timerStarted("6").cancelRequested().started()
		done, err = r.handle(s.events[seen:])
		require.NoError(t, err)
		require.Nil(t, done)
		a := r.LocalActivities()[0]
		require.Equal(t, "2", a.ID)
		require.EqualValues(t, 8, a.Attempt)
		done = r.resolve(t, a, nil, context.Cause(a.Canceled))
		require.Equal(t, []string{"CancelTimer", "RecordMarker", "CompleteWorkflowExecution"}, types(done.GetCommands()))
	})
}

// What a closed run leaves running, or one that is dropped, is told that nobody waits.
func TestLocalActivityIsAbandoned(t *testing.T) {
	impl := alone(func(ctx workflow.Context) (none, error) {
		slow, quick := workflow.ExecuteLocalActivity(withLocal(ctx), echo, "slow"), workflow.ExecuteLocalActivity(withLocal(ctx), echo, "quick")
		workflow.NewSelector(ctx).AddFuture(slow, nil).AddFuture(quick, nil).Select(ctx)
		return none{}, nil
	})
	r := newRun(t, engine.Options{}, impl)
	_, err := r.handle(newScript().started().events)
	require.NoError(t, err)
	all := r.LocalActivities()
	done := r.resolve(t, all[1], "", nil)
	require.Equal(t, []string{"RecordMarker", "CompleteWorkflowExecution"}, types(done.GetCommands()))
	require.ErrorIs(t, context.Cause(all[0].Canceled), attempt.ErrGone)
	require.Nil(t, r.resolve(t, all[0], "", nil), "it changes nothing")

	r = newRun(t, engine.Options{}, impl)
	_, err = r.handle(newScript().started().events)
	require.NoError(t, err)
	a := r.LocalActivities()[0]
	r.Close()
	require.ErrorIs(t, context.Cause(a.Canceled), attempt.ErrGone)
	_, err = r.Resolve(context.Background(), a, engine.LocalOutcome{})
	require.ErrorIs(t, err, engine.ErrClosed)
}

// A run that is only asked a question begins none; the next task does, of what has no outcome yet.
func TestLocalActivityOfAnOpenHistoryIsRunAgain(t *testing.T) {
	impl := alone(func(ctx workflow.Context) (string, error) {
		return workflow.ExecuteLocalActivity(withLocal(ctx), echo, "x").Get(ctx)
	})
	r := newRun(t, engine.Options{}, impl)
	r.task.Query = &querypb.WorkflowQuery{QueryType: "__stack_trace"}
	s := newScript().started().completed().started().completed() // two heartbeats of a worker that was lost
	_, err := r.Handle(context.Background(), r.task, s.events)
	require.NoError(t, err)
	seen := s.last()
	r.task.Query, r.task.PreviousStartedEventId = nil, 6
	done, err := r.handle(s.started().events[seen:])
	require.NoError(t, err)
	require.Nil(t, done)
	require.JSONEq(t, `"y"`, resultOf(r.resolve(t, r.LocalActivities()[0], "y", nil)))
}

func TestLocalActivityMistakes(t *testing.T) {
	call := alone(func(ctx workflow.Context) (string, error) {
		return workflow.ExecuteLocalActivity(withLocal(ctx), echo, "x").Get(ctx)
	})
	written := func(m localMarker) *script {
		data, err := converter.EncodeAll(converter.Default(), m)
		require.NoError(t, err)
		e := marker("LocalActivity")
		e.GetMarkerRecordedEventAttributes().Details = map[string]*commonpb.Payloads{"data": data}
		return newScript().started().completed().add(enumspb.EVENT_TYPE_MARKER_RECORDED, e).started()
	}
	for name, c := range map[string]struct {
		script  *script
		message string
	}{
		"another one":      {written(localMarker{ActivityID: "1", ActivityType: "Other"}), "the outcome of local activity Other (id 1), but the code now runs Act there"},
		"none":             {written(localMarker{ActivityID: "2", ActivityType: "Act"}), "the outcome of local activity Act (id 2), but the code now runs none there"},
		"no data":          {newScript().started().completed().add(enumspb.EVENT_TYPE_MARKER_RECORDED, marker("LocalActivity")).started(), "local activity  (id ), but the code now runs none there"},
		"unreadable":       {written(localMarker{}).damage(5), "its local activity cannot be read"},
		"a timer in place": {newScript().started().completed().timerStarted("5").started(), "the history has event 5 TimerStarted"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := newRun(t, engine.Options{}, call).handle(c.script.events)
			failed := requireFailure(t, err, enumspb.WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR)
			require.Contains(t, failed.Failure.GetMessage(), c.message)
		})
	}
	t.Run("the code panics on an outcome", func(t *testing.T) {
		r := newRun(t, engine.Options{}, alone(func(ctx workflow.Context) (none, error) {
			_, _ = workflow.ExecuteLocalActivity(withLocal(ctx), echo, "x").Get(ctx)
			panic("no way")
		}))
		_, err := r.handle(newScript().started().events)
		require.NoError(t, err)
		a := r.LocalActivities()[0]
		_, err = r.Resolve(context.Background(), a, engine.LocalOutcome{})
		requireFailure(t, err, enumspb.WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE)
		_, err = r.Resolve(context.Background(), a, engine.LocalOutcome{})
		require.Error(t, err)
		require.Nil(t, r.Heartbeat(context.Background()))
	})
}

func TestWhatFollowsAFailedLocalAttempt(t *testing.T) {
	next := func(o workflow.LocalActivityOptions, number int32, err error, left time.Duration) (time.Duration, bool) {
		r := newRun(t, engine.Options{}, callLocal(o))
		s := newScript().started()
		_, handleErr := r.handle(s.events)
		require.NoError(t, handleErr)
		return r.LocalActivities()[0].Next(number, failure.FromError(converter.Default(), err), left)
	}
	policy := workflow.LocalActivityOptions{StartToCloseTimeout: time.Second, RetryPolicy: &workflow.RetryPolicy{MaximumAttempts: 9, NonRetryableErrorTypes: []string{"Fatal"}}}
	limited := workflow.LocalActivityOptions{ScheduleToCloseTimeout: time.Minute}
	for name, c := range map[string]struct {
		options workflow.LocalActivityOptions
		number  int32
		err     error
		left    time.Duration
		wait    time.Duration
		again   bool
	}{
		"the first":            {local, 1, errors.New("x"), 0, time.Second, true},
		"the fourth":           {local, 4, errors.New("x"), 0, 8 * time.Second, true},
		"the fifth, by timer":  {local, 5, errors.New("x"), 0, 16 * time.Second, false},
		"the last":             {policy, 9, errors.New("x"), 0, -1, false},
		"of a fatal type":      {policy, 1, failure.NewApplicationError("x", "Fatal"), 0, -1, false},
		"not to be retried":    {local, 1, failure.NewNonRetryableApplicationError("x", "", nil), 0, -1, false},
		"in time":              {limited, 1, errors.New("x"), time.Second, time.Second, true},
		"no time is left":      {limited, 1, errors.New("x"), time.Second - 1, -1, false},
		"a panic":              {local, 1, failure.NewPanicError("x", ""), 0, time.Second, true},
		"a cancellation":       {local, 1, failure.NewCanceledError(), 0, 0, false},
		"its own delay":        {local, 1, failure.NewApplicationErrorWithOptions("x", "", failure.ApplicationErrorOptions{NextRetryDelay: 3 * time.Second}), 0, 3 * time.Second, true},
		"start to close":       {local, 1, failure.NewTimeoutError(enumspb.TIMEOUT_TYPE_START_TO_CLOSE, nil), 0, time.Second, true},
		"schedule to close is": {local, 1, failure.NewTimeoutError(enumspb.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE, nil), 0, -1, false},
	} {
		t.Run(name, func(t *testing.T) {
			wait, again := next(c.options, c.number, c.err, c.left)
			require.Equal(t, c.wait, wait)
			require.Equal(t, c.again, again)
		})
	}
}

// Attempts are told by the completions of tasks that a local activity has outlasted the first of.
func TestAttemptsOfLaterTasksAreMetered(t *testing.T) {
	impl := alone(func(ctx workflow.Context) ([]string, error) {
		ctx = withLocal(ctx)
		return workflow.All(ctx, workflow.ExecuteLocalActivity(ctx, echo, "a"), workflow.ExecuteLocalActivity(ctx, echo, "b")).Get(ctx)
	})
	r := newRun(t, engine.Options{}, impl)
	s := newScript().started()
	_, err := r.handle(s.events)
	require.NoError(t, err)
	all := r.LocalActivities()
	told := func(done *completion) int {
		require.NotNil(t, done.GetMeteringMetadata(), "it is there, as in Temporal's histories, empty or not")
		return int(done.GetMeteringMetadata().GetNonfirstLocalActivityExecutionAttempts())
	}
	heartbeat := func() (attempts int) {
		attempts = told(r.Heartbeat(context.Background()))
		seen := s.last()
		done, err := r.handle(s.completed().started().events[seen:])
		require.NoError(t, err)
		require.Nil(t, done)
		return attempts
	}
	all[0].Begin()
	all[1].Begin()
	require.Zero(t, heartbeat())
	all[0].Begin()
	all[0].Begin()
	require.Equal(t, 2, heartbeat())
	all[0].Begin()
	all[1].Begin()
	require.Nil(t, r.resolve(t, all[0], "a", nil))
	all[1].Begin()
	require.Equal(t, 3, told(r.resolve(t, all[1], "b", nil)))
}
