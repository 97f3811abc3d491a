package engine_test

import (
	"bytes"
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	querypb "go.temporal.io/api/query/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/internal/engine"
	"github.com/perdure/perdure/sdk/workflow"
)

var word = workflow.DeclareSignal[string]("word")

func types(commands []*commandpb.Command) (out []string) {
	for _, c := range commands {
		out = append(out, c.GetCommandType().String())
	}
	return out
}

func requireFailure(t *testing.T, err error, cause enumspb.WorkflowTaskFailedCause) *engine.TaskFailure {
	t.Helper()
	var failed *engine.TaskFailure
	require.ErrorAs(t, err, &failed)
	require.Equal(t, cause, failed.Cause)
	return failed
}

func TestUnregisteredTypeNamesTheKnownOnes(t *testing.T) {
	var reg engine.Registry
	impl := alone(func(workflow.Context) (none, error) { return none{}, nil })
	require.NoError(t, reg.RegisterWorkflow(impl))
	require.ErrorIs(t, reg.RegisterWorkflow(impl), engine.ErrDuplicate)
	_, err := engine.New(&reg, engine.Options{}, &workflowservice.PollWorkflowTaskQueueResponse{WorkflowType: &commonpb.WorkflowType{Name: "Other"}})
	failed := requireFailure(t, err, enumspb.WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE)
	require.Contains(t, failed.Failure.GetMessage(), "unable to find workflow type: Other. Supported types: [Alone]")
}

func TestCachedExecutionTakesOnlyNewEvents(t *testing.T) {
	impl := alone(func(ctx workflow.Context) (string, error) {
		if err := workflow.Sleep(ctx, time.Second); err != nil {
			return "", err
		}
		v, _ := word.Channel(ctx).Receive(ctx)
		return v + workflow.Now(ctx).UTC().Format(" 05"), nil
	})
	r := newRun(t, engine.Options{}, impl)
	s := newScript().started()
	done, err := r.handle(s.events)
	require.NoError(t, err)
	require.Equal(t, []string{"StartTimer"}, types(done.GetCommands()))
	require.Equal(t, "token", string(done.GetTaskToken()))
	require.Equal(t, "perdure-go", done.GetSdkMetadata().GetSdkName())

	seen := s.last()
	s.completed().timerStarted("5").timerFired(5).signal("word", "hello").started()
	done, err = r.handle(s.events[seen:])
	require.NoError(t, err)
	require.Equal(t, []string{"CompleteWorkflowExecution"}, types(done.GetCommands()))
	require.Nil(t, done.GetSdkMetadata())
	require.JSONEq(t, `"hello 09"`, string(done.GetCommands()[0].GetCompleteWorkflowExecutionCommandAttributes().GetResult().GetPayloads()[0].GetData()))
}

func TestEventsThatDoNotJoinAreAGap(t *testing.T) {
	impl := alone(func(ctx workflow.Context) (none, error) { return none{}, workflow.Sleep(ctx, time.Second) })
	fresh := func() (*run, *script) {
		r, s := newRun(t, engine.Options{}, impl), newScript().started()
		_, err := r.handle(s.events)
		require.NoError(t, err)
		return r, s
	}
	t.Run("a new execution in the middle", func(t *testing.T) {
		s := newScript().started().completed().timerStarted("5").started()
		_, err := newRun(t, engine.Options{}, impl).handle(s.events[3:])
		require.ErrorIs(t, err, engine.ErrHistoryGap)
	})
	t.Run("the whole history again", func(t *testing.T) {
		r, s := fresh()
		s.completed().timerStarted("5").started()
		_, err := r.handle(s.events)
		require.ErrorIs(t, err, engine.ErrHistoryGap)
	})
	t.Run("missing events", func(t *testing.T) {
		r, s := fresh()
		s.completed().timerStarted("5").started()
		_, err := r.handle(s.events[4:])
		require.ErrorIs(t, err, engine.ErrHistoryGap)
	})
	t.Run("after a task that timed out", func(t *testing.T) {
		r, s := fresh()
		seen := s.last()
		s.timedOut().started()
		r.task.PreviousStartedEventId, r.task.StartedEventId = 0, s.last()
		_, err := r.Handle(context.Background(), r.task, s.events[seen:])
		require.ErrorIs(t, err, engine.ErrHistoryGap)
	})
	t.Run("used after a gap", func(t *testing.T) {
		r, s := fresh()
		_, err := r.handle(s.events)
		require.ErrorIs(t, err, engine.ErrHistoryGap)
		r.Close()
		_, err = r.handle(s.events)
		require.ErrorIs(t, err, engine.ErrClosed)
	})
}

func TestSkippedTasksGiveTheirEventsToTheNext(t *testing.T) {
	impl := alone(func(ctx workflow.Context) (string, error) {
		v, _ := word.Channel(ctx).ReceiveAsync()
		return v, nil
	})
	s := newScript().started().timedOut().signal("word", "kept").started()
	done, err := newRun(t, engine.Options{}, impl).handle(s.events)
	require.NoError(t, err)
	require.Equal(t, `"kept"`, string(done.GetCommands()[0].GetCompleteWorkflowExecutionCommandAttributes().GetResult().GetPayloads()[0].GetData()))
}

func TestFaultsOfTheCodeFailTheTask(t *testing.T) {
	unhandled := enumspb.WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE
	cases := map[string]struct {
		code    func(workflow.Context) (none, error)
		message string
	}{
		"panic": {func(workflow.Context) (none, error) { panic("no way") }, "no way"},
		"panic in a condition": {func(ctx workflow.Context) (none, error) {
			return none{}, workflow.Await(ctx, func() bool { panic("no way") })
		}, "no way"},
		"Goexit": {func(workflow.Context) (none, error) { runtime.Goexit(); return none{}, nil }, "runtime.Goexit"},
		"command in a condition": {func(ctx workflow.Context) (none, error) {
			return none{}, workflow.Await(ctx, func() bool { workflow.NewTimer(ctx, 1); return true })
		}, "attempt to start a timer in an Await condition"},
		"blocking in a side effect": {func(ctx workflow.Context) (none, error) {
			return workflow.SideEffect(ctx, func() none { word.Channel(ctx).Receive(ctx); return none{} })
		}, "blocked on receiving from word in a side effect"},
		"unsupported version": {func(ctx workflow.Context) (none, error) { workflow.GetVersion(ctx, "c", 2, 1); return none{}, nil }, `the run uses version 1 of change "c"`},
		"closed channel": {func(ctx workflow.Context) (none, error) {
			c := workflow.NewChannel[int](ctx)
			c.Close()
			c.SendAsync(1)
			return none{}, nil
		}, "send to the closed channel"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := newRun(t, engine.Options{}, alone(c.code)).handle(newScript().started().events)
			failed := requireFailure(t, err, unhandled)
			require.Contains(t, failed.Failure.GetMessage(), c.message)
		})
	}
	_, err := newRun(t, engine.Options{}, alone(cases["panic"].code)).handle(newScript().started().events)
	failed := requireFailure(t, err, unhandled)
	require.Equal(t, "PanicError", failed.Failure.GetApplicationFailureInfo().GetType())
	require.True(t, failed.Failure.GetApplicationFailureInfo().GetNonRetryable())
	require.Contains(t, failed.Failure.GetStackTrace(), "execution_test.go")
}

func TestDeadlockIsReportedAndUnwoundLater(t *testing.T) {
	release, unwound := make(chan none), make(chan none)
	impl := alone(func(ctx workflow.Context) (none, error) {
		defer close(unwound)
		<-release // blocks outside the workflow package
		return none{}, workflow.Sleep(ctx, time.Second)
	})
	r := newRun(t, engine.Options{DeadlockTimeout: 5 * time.Millisecond}, impl)
	_, err := r.handle(newScript().started().events)
	failed := requireFailure(t, err, enumspb.WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE)
	require.Contains(t, failed.Failure.GetMessage(), "potential deadlock: coroutine root")
	require.Contains(t, failed.Failure.GetStackTrace(), "execution_test.go")
	require.NotEqual(t, enumspb.QUERY_RESULT_TYPE_ANSWERED, r.Query(context.Background(), &querypb.WorkflowQuery{}).GetResultType())
	r.Close()
	close(release)
	<-unwound
}

// A turn that runs for somewhat more than the time-out is reported, the first one of a step as well.
func TestADeadlockIsReportedAfterItsTimeout(t *testing.T) {
	const timeout = time.Second
	returned := make(chan struct{})
	impl := alone(func(workflow.Context) (none, error) {
		defer close(returned)
		time.Sleep(timeout * 19 / 10)
		return none{}, nil
	})
	_, err := newRun(t, engine.Options{DeadlockTimeout: timeout}, impl).handle(newScript().started().events)
	failed := requireFailure(t, err, enumspb.WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE)
	require.Contains(t, failed.Failure.GetMessage(), "has run for more than 1s")
	<-returned // so that no goroutine is left when this is the last test
}

func TestSlowButBusyCodeIsNoDeadlock(t *testing.T) {
	const timeout = 2 * time.Second // much longer than a busy machine holds up one step
	impl := alone(func(ctx workflow.Context) (none, error) {
		for range 21 {
			for begin := time.Now(); time.Since(begin) < timeout/20; {
			}
			_ = workflow.Await(ctx, func() bool { return true })
			c := workflow.NewBufferedChannel[int](ctx, 1)
			workflow.Go(ctx, func(ctx workflow.Context) { c.Send(ctx, 1) })
			c.Receive(ctx)
		}
		return none{}, nil
	})
	_, err := newRun(t, engine.Options{DeadlockTimeout: timeout}, impl).handle(newScript().started().events)
	require.NoError(t, err)
}

func TestNonDeterminismNamesEventAndCommand(t *testing.T) {
	wantTimer := newScript().started().completed().timerStarted("5").signal("word", "x").started()
	cases := map[string]struct {
		code    func(workflow.Context) (none, error)
		message string
	}{
		"another command": {func(ctx workflow.Context) (none, error) { return none{}, nil },
			"the history has event 5 TimerStarted {\"timer_id\":\"5\"}, but the code now issues the command CompleteWorkflowExecution {} there"},
		"a missing command": {func(ctx workflow.Context) (none, error) { word.Channel(ctx).Receive(ctx); return none{}, nil },
			"the history has event 5 TimerStarted {\"timer_id\":\"5\"}, but the code now issues no command there"},
		"one more": {func(ctx workflow.Context) (none, error) {
			workflow.NewTimer(ctx, 1)
			workflow.NewTimer(ctx, 1)
			word.Channel(ctx).Receive(ctx)
			return none{}, nil
		}, "the code now issues the command StartTimer {\"timer_id\":\"6\",\"start_to_fire_timeout\":\"0.000000001s\"}, but the history has no event for it"},
		"a new side effect": {func(ctx workflow.Context) (none, error) {
			return workflow.SideEffect(ctx, func() none { return none{} })
		},
			"the code now runs side effect 1, but the history has none there"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := newRun(t, engine.Options{}, alone(c.code)).handle(wantTimer.events)
			failed := requireFailure(t, err, enumspb.WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR)
			require.Contains(t, failed.Failure.GetMessage(), c.message)
		})
	}
}

func TestVersions(t *testing.T) {
	ask := func(ctx workflow.Context) (int, error) {
		v := workflow.GetVersion(ctx, "change", workflow.DefaultVersion, 3)
		if err := workflow.Sleep(ctx, time.Second); err != nil {
			return 0, err
		}
		return v, nil
	}
	result := func(t *testing.T, code func(workflow.Context) (int, error), s *script) string {
		done, err := newRun(t, engine.Options{}, alone(code)).handle(s.events)
		require.NoError(t, err)
		return string(done.GetCommands()[0].GetCompleteWorkflowExecutionCommandAttributes().GetResult().GetPayloads()[0].GetData())
	}
	t.Run("a new run takes the highest", func(t *testing.T) {
		done, err := newRun(t, engine.Options{}, alone(ask)).handle(newScript().started().events)
		require.NoError(t, err)
		require.Equal(t, []string{"RecordMarker", "UpsertWorkflowSearchAttributes", "StartTimer"}, types(done.GetCommands()))
		require.Equal(t, "7", done.GetCommands()[2].GetStartTimerCommandAttributes().GetTimerId())
	})
	t.Run("an old run keeps its own", func(t *testing.T) {
		require.Equal(t, "2", result(t, ask, newScript().started().completed().version("change", 2).timerStarted("6").timerFired(6).started()))
	})
	t.Run("a run from before the change has the default", func(t *testing.T) {
		require.Equal(t, "-1", result(t, ask, newScript().started().completed().timerStarted("5").timerFired(5).started()))
	})
	t.Run("the call can be removed", func(t *testing.T) {
		removed := func(ctx workflow.Context) (int, error) { return 7, workflow.Sleep(ctx, time.Second) }
		require.Equal(t, "7", result(t, removed, newScript().started().completed().version("change", 2).timerStarted("6").timerFired(6).started()))
	})
}

func TestFlags(t *testing.T) {
	impl := alone(func(ctx workflow.Context) (bool, error) {
		return workflow.AwaitWithTimeout(ctx, time.Hour, func() bool { return word.Channel(ctx).Len() > 0 })
	})
	start := newScript().started()
	done, err := newRun(t, engine.Options{}, impl).handle(start.events)
	require.NoError(t, err)
	require.Equal(t, []uint32{1}, done.GetSdkMetadata().GetLangUsedFlags())

	t.Run("on replay a recorded flag is on", func(t *testing.T) {
		s := newScript().started().completed(1).timerStarted("5").signal("word", "x").started()
		done, err := newRun(t, engine.Options{}, impl).handle(s.events)
		require.NoError(t, err)
		require.Equal(t, []string{"CancelTimer", "CompleteWorkflowExecution"}, types(done.GetCommands()))
		require.Empty(t, done.GetSdkMetadata().GetLangUsedFlags())
	})
	t.Run("an old run keeps its behaviour", func(t *testing.T) {
		s := newScript().started().completed().timerStarted("5").signal("word", "x").started()
		done, err := newRun(t, engine.Options{}, impl).handle(s.events)
		require.NoError(t, err)
		require.Equal(t, []string{"CompleteWorkflowExecution"}, types(done.GetCommands()))
	})
	t.Run("an unknown flag fails the task", func(t *testing.T) {
		s := newScript().started().completed(99).timerStarted("5").started()
		_, err := newRun(t, engine.Options{}, impl).handle(s.events)
		failed := requireFailure(t, err, enumspb.WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE)
		require.Contains(t, failed.Failure.GetMessage(), "update this worker")
	})
}

func TestCancelAndCompletionInOneTask(t *testing.T) {
	impl := alone(func(ctx workflow.Context) (none, error) {
		err := workflow.Sleep(ctx, time.Hour)
		return none{}, err
	})
	// The timer fires behind the cancel request: its cancel command is taken back.
	s := newScript().started().completed().timerStarted("5").cancelRequested().timerFired(5).started()
	done, err := newRun(t, engine.Options{}, impl).handle(s.events)
	require.NoError(t, err)
	require.Equal(t, []string{"CancelWorkflowExecution"}, types(done.GetCommands()))
}

func TestLoggerIsSilentOnReplay(t *testing.T) {
	var out bytes.Buffer
	impl := alone(func(ctx workflow.Context) (none, error) {
		logger := workflow.GetLogger(ctx)
		logger.Info().Msg("before")
		err := workflow.Sleep(ctx, time.Second)
		logger.Info().Msg("after")
		return none{}, err
	})
	s := newScript().started().completed().timerStarted("5").timerFired(5).started()
	_, err := newRun(t, engine.Options{Logger: zerolog.New(&out)}, impl).handle(s.events)
	require.NoError(t, err)
	require.NotContains(t, out.String(), "before")
	require.Contains(t, out.String(), `"workflow":"Alone","workflow_id":"wf","run_id":"run","message":"after"`)
}

func TestQueries(t *testing.T) {
	state := workflow.DeclareQuery[string, string]("state")
	impl := alone(func(ctx workflow.Context) (none, error) {
		now := "waiting"
		state.Handle(ctx, func(in string) (string, error) {
			switch in {
			case "panic":
				panic("no way")
			case "block":
				workflow.Sleep(ctx, time.Second)
			case "timer":
				workflow.NewTimer(ctx, time.Second)
			}
			return in + now, nil
		})
		now, _ = word.Channel(ctx).Receive(ctx)
		return none{}, nil
	})
	ask := func(arg string) *querypb.WorkflowQuery {
		args, err := converter.Encode(converter.Default(), arg)
		require.NoError(t, err)
		return &querypb.WorkflowQuery{QueryType: "state", QueryArgs: args}
	}
	answer := func(r *querypb.WorkflowQueryResult) (out string) {
		require.Equal(t, enumspb.QUERY_RESULT_TYPE_ANSWERED, r.GetResultType(), r.GetErrorMessage())
		require.NoError(t, converter.Decode(converter.Default(), r.GetAnswer(), &out))
		return out
	}
	t.Run("in a task", func(t *testing.T) {
		r := newRun(t, engine.Options{}, impl)
		r.task.Queries = map[string]*querypb.WorkflowQuery{"q": ask("is "), "panic": ask("panic"), "block": ask("block")}
		done, err := r.handle(newScript().started().events)
		require.NoError(t, err)
		require.Equal(t, "is waiting", answer(done.GetQueryResults()["q"]))
		require.Contains(t, done.GetQueryResults()["panic"].GetErrorMessage(), "no way")
		require.Contains(t, done.GetQueryResults()["block"].GetErrorMessage(), "attempt to start a timer in a query handler")
		require.Equal(t, enumspb.QUERY_RESULT_TYPE_FAILED, r.Query(context.Background(), ask("panic")).GetResultType())
		require.Contains(t, r.Query(context.Background(), ask("block")).GetErrorMessage(), "attempt to start a timer in a query handler")
		require.Contains(t, r.Query(context.Background(), ask("timer")).GetErrorMessage(), "attempt to start a timer in a query handler")
		require.Contains(t, r.Query(context.Background(), &querypb.WorkflowQuery{QueryType: "x"}).GetErrorMessage(), "unknown queryType x. KnownQueryTypes=[state]")
		require.Equal(t, "is waiting", answer(r.Query(context.Background(), ask("is "))))
		var stack string
		require.NoError(t, converter.Decode(converter.Default(), r.Query(context.Background(), &querypb.WorkflowQuery{QueryType: "__stack_trace"}).GetAnswer(), &stack))
		require.Contains(t, stack, "blocked on receiving from word")
		var metadata *sdkpb.WorkflowMetadata
		require.NoError(t, converter.Decode(converter.Default(), r.Query(context.Background(), &querypb.WorkflowQuery{QueryType: "__temporal_workflow_metadata"}).GetAnswer(), &metadata))
		var names []string
		for _, q := range metadata.GetDefinition().GetQueryDefinitions() {
			names = append(names, q.GetName())
		}
		require.Equal(t, []string{"__enhanced_stack_trace", "__stack_trace", "__temporal_workflow_metadata", "state"}, names)
		require.Len(t, metadata.GetDefinition().GetSignalDefinitions(), 1)
		require.Equal(t, "word", metadata.GetDefinition().GetSignalDefinitions()[0].GetName())
	})
	t.Run("alone, and then a task", func(t *testing.T) {
		r := newRun(t, engine.Options{}, impl)
		r.task.Query = ask("")
		s := newScript().started().completed().signal("word", "done")
		done, err := r.Handle(context.Background(), r.task, s.events)
		require.NoError(t, err)
		require.Nil(t, done)
		require.Equal(t, "is waiting", answer(r.Query(context.Background(), ask("is "))))

		_, err = r.Handle(context.Background(), r.task, nil) // nothing new
		require.NoError(t, err)

		seen := s.last()
		s.started()
		r.task.Query, r.task.PreviousStartedEventId = nil, 3
		done, err = r.handle(s.events[seen:])
		require.NoError(t, err)
		require.Equal(t, []string{"CompleteWorkflowExecution"}, types(done.GetCommands()))
		require.Equal(t, "is done", answer(r.Query(context.Background(), ask("is "))))
	})
	t.Run("of a task that is still running", func(t *testing.T) {
		r := newRun(t, engine.Options{}, impl)
		r.task.Query = ask("")
		s := newScript().started().completed().signal("word", "done").started()
		_, err := r.Handle(context.Background(), r.task, s.events)
		require.NoError(t, err)
		require.Equal(t, "is waiting", answer(r.Query(context.Background(), ask("is "))))
		seen := s.last()
		s.timedOut().started()
		r.task.Query, r.task.PreviousStartedEventId = nil, 3
		done, err := r.handle(s.events[seen:])
		require.NoError(t, err)
		require.Equal(t, []string{"CompleteWorkflowExecution"}, types(done.GetCommands()))
	})
}

func TestCloseRunsDeferredFunctions(t *testing.T) {
	cleaned := 0
	impl := alone(func(ctx workflow.Context) (none, error) {
		defer func() {
			cleaned++
			_ = workflow.Sleep(ctx, time.Second) // cannot block any more
			cleaned++
		}()
		workflow.Go(ctx, func(ctx workflow.Context) {
			defer func() { cleaned++ }()
			word.Channel(ctx).Receive(ctx)
		})
		return none{}, workflow.Sleep(ctx, time.Hour)
	})
	r := newRun(t, engine.Options{}, impl)
	_, err := r.handle(newScript().started().events)
	require.NoError(t, err)
	r.Close()
	r.Close()
	require.Equal(t, 2, cleaned)
}

func TestContextEndsALongReplay(t *testing.T) {
	r := newRun(t, engine.Options{}, alone(func(ctx workflow.Context) (none, error) { return none{}, nil }))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s := newScript().started()
	_, err := r.Handle(ctx, r.task, s.events)
	require.ErrorIs(t, err, context.Canceled)
}
