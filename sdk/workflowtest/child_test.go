package workflowtest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
)

type options = workflow.ChildWorkflowOptions

// startChild asks for the child of the tests.
func startChild(ctx wctx, o options) workflow.ChildWorkflowFuture[string] {
	return workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, o), declaredChild, none{})
}

// family runs a parent, with a child of the given code.
func family(t *testing.T, parent, child func(wctx) (string, error), plan ...func(*Environment)) (*Environment, string, error) {
	t.Helper()
	env := New(t, Options{}, declaredParent.Implement(func(ctx wctx, _ none) (string, error) { return parent(ctx) }), childWaiting(child))
	for _, p := range plan {
		p(env)
	}
	out, err := Execute(env, declaredParent, none{})
	return env, out, err
}

func passed(env *Environment) time.Duration { return env.Now().Sub(startTime) }

func TestChildrenShareTheTime(t *testing.T) {
	env, out, err := family(t, func(ctx wctx) (string, error) {
		a, b := startChild(ctx, options{}), startChild(ctx, options{})
		first, err := a.Get(ctx)
		second, err2 := b.Get(ctx)
		return first + " " + second, errors.Join(err, err2)
	}, func(ctx wctx) (string, error) {
		if err := workflow.Sleep(ctx, time.Hour); err != nil {
			return "", err
		}
		return workflow.ExecuteActivity(withActivity(ctx), act, workflow.GetInfo(ctx).WorkflowID).Get(ctx)
	}, func(env *Environment) {
		OnActivity(env, act, func(ctx context.Context, in string) (string, error) {
			require.Equal(t, in, activity.GetInfo(ctx).WorkflowID)
			return in[len(runID):], nil
		}).Takes(time.Second)
	})
	require.NoError(t, err)
	require.Equal(t, "_5 _6", out)
	require.Equal(t, time.Hour+time.Second, passed(env))
}

func TestAChildKnowsItsFamily(t *testing.T) {
	env, _, err := family(t, func(ctx wctx) (string, error) {
		return startChild(ctx, options{WorkflowID: "child", TaskQueue: "elsewhere", Memo: map[string]any{"generation": 1}}).Get(ctx)
	}, func(ctx wctx) (string, error) {
		info := workflow.GetInfo(ctx)
		require.Equal(t, workflowID, info.Root.WorkflowId)
		require.Equal(t, "elsewhere", info.TaskQueue)
		if info.WorkflowID == "grandchild" {
			require.Equal(t, "child", info.Parent.WorkflowId)
			return "", nil
		}
		require.Equal(t, runID, info.Parent.RunId)
		require.Contains(t, info.Memo.GetFields(), "generation")
		return startChild(ctx, options{WorkflowID: "grandchild"}).Get(ctx)
	})
	require.NoError(t, err)
	grandchild, err := env.Workflow("grandchild")
	require.NoError(t, err)
	require.Len(t, grandchild.History().GetEvents(), 5)
}

func TestHowAChildEnds(t *testing.T) {
	for name, test := range map[string]struct {
		child func(wctx) (string, error)
		o     options
		check func(t *testing.T, err error)
		after time.Duration
	}{
		"failed": {
			child: func(wctx) (string, error) { return "", failure.NewApplicationError("no stock", "Stock") },
			check: func(t *testing.T, err error) {
				var app *failure.ApplicationError
				require.ErrorAs(t, err, &app)
				require.Equal(t, "Stock", app.Type())
			},
		},
		"canceled by itself": {
			child: func(wctx) (string, error) { return "", failure.NewCanceledError() },
			check: func(t *testing.T, err error) { require.True(t, failure.IsCanceled(err)) },
		},
		"timed out": {
			child: waitForGo, o: options{WorkflowExecutionTimeout: time.Minute}, after: time.Minute,
			check: func(t *testing.T, err error) { require.ErrorAs(t, err, new(*failure.TimeoutError)) },
		},
		"timed out, all tries": {
			child: waitForGo, after: 9 * time.Minute, // a third try would begin after the end of all
			o:     options{WorkflowRunTimeout: 4 * time.Minute, WorkflowExecutionTimeout: 10 * time.Minute, RetryPolicy: &workflow.RetryPolicy{InitialInterval: time.Minute}},
			check: func(t *testing.T, err error) { require.ErrorAs(t, err, new(*failure.TimeoutError)) },
		},
		"the id is the parent's": {
			child: waitForGo, o: options{WorkflowID: workflowID},
			check: func(t *testing.T, err error) {
				require.ErrorAs(t, err, new(*failure.ChildWorkflowExecutionAlreadyStartedError))
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			env, _, err := family(t, func(ctx wctx) (string, error) {
				_, err := startChild(ctx, test.o).Get(ctx)
				require.ErrorAs(t, err, new(*failure.ChildWorkflowExecutionError))
				test.check(t, err)
				return "", nil
			}, test.child)
			require.NoError(t, err)
			require.Equal(t, test.after, passed(env))
		})
	}
}

func TestAChildIsTriedAgain(t *testing.T) {
	env, out, err := family(t, func(ctx wctx) (string, error) {
		return startChild(ctx, options{WorkflowID: "child", RetryPolicy: &workflow.RetryPolicy{InitialInterval: 10 * time.Second, BackoffCoefficient: 3}}).Get(ctx)
	}, func(ctx wctx) (string, error) {
		if workflow.GetInfo(ctx).Attempt < 3 {
			return "", errors.New("not yet")
		}
		return workflow.GetLastError(ctx).Error(), nil
	})
	require.NoError(t, err)
	require.Contains(t, out, "not yet")
	require.Equal(t, 40*time.Second, passed(env))
	child, err := env.Workflow("child")
	require.NoError(t, err)
	require.EqualValues(t, 3, child.History().GetEvents()[0].GetWorkflowExecutionStartedEventAttributes().GetAttempt())

	_, _, err = family(t, func(ctx wctx) (string, error) {
		return startChild(ctx, options{RetryPolicy: &workflow.RetryPolicy{MaximumAttempts: 2}}).Get(ctx)
	}, func(wctx) (string, error) { return "", errors.New("never") })
	var childErr *failure.ChildWorkflowExecutionError
	require.ErrorAs(t, err, &childErr)
	require.Equal(t, enumspb.RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED, childErr.Info().RetryState)
}

// A signal does not wake a run that waits for its next try; a request to cancel does.
func TestWhatReachesAChildBetweenTries(t *testing.T) {
	var child *Environment
	env, _, err := family(t, func(ctx wctx) (string, error) {
		return startChild(ctx, options{WorkflowID: "child", RetryPolicy: &workflow.RetryPolicy{InitialInterval: time.Hour}}).Get(ctx)
	}, func(ctx wctx) (string, error) {
		if workflow.GetInfo(ctx).Attempt == 1 {
			return "", errors.New("first")
		}
		return "", ctx.Err()
	}, func(env *Environment) {
		env.After(time.Minute, func() {
			var err error
			child, err = env.Workflow("child")
			require.NoError(t, err)
			require.NoError(t, Signal(child, goSignal, "x"))
		})
		env.After(2*time.Minute, func() {
			require.Len(t, child.History().GetEvents(), 2)
			child.Cancel()
			child.Cancel()
		})
	})
	require.True(t, failure.IsCanceled(err))
	require.Equal(t, 2*time.Minute, passed(env))
	require.Len(t, child.History().GetEvents(), 7)
}

func TestCancellationOfAChild(t *testing.T) {
	for how, want := range map[workflow.ChildCancellation]struct {
		waited time.Duration // for the future
		child  string
	}{
		workflow.ChildWaitCompleted: {time.Hour, "canceled"},
		workflow.ChildWaitRequested: {0, "canceled"},
		workflow.ChildTryCancel:     {0, "canceled"},
		workflow.ChildAbandon:       {0, "left alone"},
	} {
		waited := time.Duration(-1)
		env, out, err := family(t, func(ctx wctx) (string, error) {
			childCtx, stop := workflow.WithCancel(ctx)
			f := startChild(childCtx, options{WorkflowID: "child", Cancellation: how, ParentClosePolicy: enumspb.PARENT_CLOSE_POLICY_ABANDON})
			if err := workflow.Sleep(ctx, time.Minute); err != nil {
				return "", err
			}
			begin := workflow.Now(ctx)
			stop()
			out, err := f.Get(ctx)
			waited = workflow.Now(ctx).Sub(begin)
			return canceledOr(err, out), workflow.Sleep(ctx, time.Second) // so that a request to cancel is sent
		}, func(ctx wctx) (string, error) {
			if workflow.Sleep(ctx, 10*time.Hour) == nil {
				return "left alone", nil
			}
			cleanup, stop := workflow.NewDisconnectedContext(ctx)
			defer stop()
			return "canceled", workflow.Sleep(cleanup, time.Hour)
		})
		require.NoError(t, err)
		require.Equal(t, "canceled", out)
		require.Equal(t, want.waited, waited)
		child, err := env.Workflow("child")
		require.NoError(t, err)
		result, err := Result[string](child)
		require.NoError(t, err)
		require.Equal(t, want.child, result)
	}
}

func TestCancelledBeforeItBegins(t *testing.T) {
	_, out, err := family(t, func(ctx wctx) (string, error) {
		childCtx, stop := workflow.WithCancel(ctx)
		f := startChild(childCtx, options{})
		stop()
		out, err := f.Get(ctx)
		return canceledOr(err, out), nil
	}, func(ctx wctx) (string, error) { return "", workflow.Sleep(ctx, time.Hour) })
	require.NoError(t, err)
	require.Equal(t, "canceled", out)
}

func TestAParentThatClosesAsksItsChildToCancel(t *testing.T) {
	env, _, err := family(t, func(ctx wctx) (string, error) {
		_, err := startChild(ctx, options{WorkflowID: "child", ParentClosePolicy: enumspb.PARENT_CLOSE_POLICY_REQUEST_CANCEL}).GetChildWorkflowExecution().Get(ctx)
		return "", err
	}, untilCanceledOrGo)
	require.NoError(t, err)
	child, err := env.Workflow("child")
	require.NoError(t, err)
	_, err = Result[string](child)
	require.True(t, failure.IsCanceled(err))
}

// A parent that ends in the task that asks for a child has none.
func TestAChildOfAClosedParentDoesNotBegin(t *testing.T) {
	env, _, err := family(t, func(ctx wctx) (string, error) {
		startChild(ctx, options{WorkflowID: "child", ParentClosePolicy: enumspb.PARENT_CLOSE_POLICY_ABANDON})
		return "", nil
	}, waitForGo)
	require.NoError(t, err)
	_, err = env.Workflow("child")
	require.ErrorContains(t, err, `no workflow "child"`)
}

// While a parent's task waits for local activities, its child's tasks run, each at its own time.
func TestAChildRunsWhileLocalActivitiesOfItsParentDo(t *testing.T) {
	env, out, err := family(t, func(ctx wctx) (string, error) {
		f := startChild(ctx, options{WorkflowID: "child"})
		if _, err := f.GetChildWorkflowExecution().Get(ctx); err != nil {
			return "", err
		}
		if _, err := callLocal(workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{StartToCloseTimeout: time.Hour})); err != nil {
			return "", err
		}
		return f.Get(ctx)
	}, func(ctx wctx) (string, error) {
		for range 3 {
			if err := workflow.Sleep(ctx, time.Second); err != nil {
				return "", err
			}
		}
		return workflow.Now(ctx).Sub(startTime).String(), nil
	}, func(env *Environment) {
		OnActivity(env, act, func(context.Context, string) (string, error) { return "", nil }).Takes(4 * time.Second)
	})
	require.NoError(t, err)
	require.Equal(t, "3s", out)
	require.Equal(t, 4*time.Second, passed(env))
}

func TestAnActivityOfAChildIsCompletedFromOutside(t *testing.T) {
	var token []byte
	_, out, err := family(t, func(ctx wctx) (string, error) { return startChild(ctx, options{}).Get(ctx) }, callAct, func(env *Environment) {
		OnActivity(env, act, func(ctx context.Context, _ string) (string, error) {
			token = activity.GetInfo(ctx).TaskToken
			return "", activity.ErrResultPending
		})
		env.After(time.Second, func() { require.NoError(t, env.CompleteActivity(token, "from outside", nil)) })
	})
	require.NoError(t, err)
	require.Equal(t, "from outside", out)
}

func TestWhatATestIsToldOfItsChildren(t *testing.T) {
	parent := func(ctx wctx) (string, error) { return startChild(ctx, options{WorkflowID: "child"}).Get(ctx) }

	_, _, err := family(t, parent, waitForGo)
	require.ErrorIs(t, err, ErrBlocked)
	require.ErrorContains(t, err, "workflow Child (id child) is here:")

	_, _, err = family(t, parent, func(wctx) (string, error) { panic("no way") })
	require.ErrorContains(t, err, "no way")

	runs := 0
	_, _, err = family(t, parent, func(ctx wctx) (string, error) {
		if runs++; runs > 1 {
			return "", nil
		}
		return "", workflow.Sleep(ctx, time.Second)
	})
	require.ErrorIs(t, err, ErrNonDeterministic)
	require.ErrorContains(t, err, "workflow Child")

	_, _, err = family(t, func(ctx wctx) (string, error) {
		return workflow.ExecuteChildWorkflow(ctx, declaredTarget, none{}).Get(ctx)
	}, waitForGo)
	require.ErrorContains(t, err, "workflow Target")
	require.ErrorContains(t, err, "workflowtest.OnWorkflow")

	for _, o := range []options{{WorkflowRunTimeout: -1}, {RetryPolicy: &workflow.RetryPolicy{BackoffCoefficient: 0.5}}} {
		_, _, err = family(t, func(ctx wctx) (string, error) { return startChild(ctx, o).Get(ctx) }, waitForGo)
		require.ErrorContains(t, err, "cannot be started")
	}
}
