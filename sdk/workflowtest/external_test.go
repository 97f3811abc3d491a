package workflowtest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
)

func TestSignalsToAChild(t *testing.T) {
	_, out, err := family(t, func(ctx wctx) (string, error) {
		f := startChild(ctx, options{})
		if _, err := workflow.SignalChildWorkflow(ctx, f, goSignal, "hello").Get(ctx); err != nil {
			return "", err
		}
		out, err := f.Get(ctx)
		if err != nil {
			return "", err
		}
		_, late := workflow.SignalChildWorkflow(ctx, f, goSignal, "late").Get(ctx)
		require.ErrorAs(t, late, new(*failure.UnknownExternalWorkflowExecutionError))
		return out, nil
	}, waitForGo)
	require.NoError(t, err)
	require.Equal(t, "hello", out)
}

// A workflow that is a stranger is no child.
func TestOnlyAChildIsSignaledAsAChild(t *testing.T) {
	_, _, err := family(t, func(ctx wctx) (string, error) {
		stranger, known := workflow.NewFuture[workflow.Execution](ctx)
		known.SetValue(workflow.Execution{ID: "stranger"})
		_, err := workflow.SignalChildWorkflow(ctx, started{stranger}, goSignal, "hello").Get(ctx)
		require.ErrorAs(t, err, new(*failure.UnknownExternalWorkflowExecutionError))
		return "", nil
	}, waitForGo, func(env *Environment) {
		_, err := Start(env, "stranger", declaredChild, none{})
		require.NoError(t, err)
	})
	require.NoError(t, err)
}

type started struct {
	workflow.Future[workflow.Execution]
}

func (s started) GetChildWorkflowExecution() workflow.Future[workflow.Execution] { return s.Future }

func TestWorkflowsBesideEachOther(t *testing.T) {
	var seen []string
	sending := sender(func(ctx wctx) (string, error) {
		if out, err := signalTo("target")(ctx); err != nil {
			return out, err
		}
		_, err := workflow.SignalExternalWorkflow(ctx, "target", "00000000-0000-4000-8000-000000000009", goSignal, "").Get(ctx)
		require.ErrorAs(t, err, new(*failure.UnknownExternalWorkflowExecutionError))
		if err := workflow.Sleep(ctx, time.Hour); err != nil {
			return "", err
		}
		_, err = workflow.RequestCancelExternalWorkflow(ctx, "target", "").Get(ctx)
		return "sent", err
	})
	env := New(t, Options{}, sending)
	double := OnWorkflow(env, declaredTarget, func(ctx wctx, _ none) (string, error) {
		seen = append(seen, receive(ctx, goSignal))
		err := workflow.Sleep(ctx, 24*time.Hour)
		return "", err
	})
	beside, err := Start(env, "target", declaredTarget, none{})
	require.NoError(t, err)
	_, err = Start(env, "target", declaredTarget, none{})
	require.ErrorContains(t, err, "taken")
	_, err = Result[string](beside)
	require.ErrorContains(t, err, "has not ended")

	out, err := Execute(env, workflow.Declare[none, string]("Sender"), none{})
	require.NoError(t, err)
	require.Equal(t, "sent", out)
	require.Equal(t, []string{"from a workflow"}, seen)
	require.Equal(t, 1, double.Calls())
	_, err = Result[string](beside)
	require.True(t, failure.IsCanceled(err))
	require.Equal(t, time.Hour, passed(env))

	_, err = Start(env, "target", workflow.Declare[none, none]("Unknown"), none{})
	require.ErrorContains(t, err, "cannot begin")
}

func TestDoublesOfChildren(t *testing.T) {
	env := New(t, Options{}, declaredParent.Implement(func(ctx wctx, _ none) (string, error) {
		a, b := startChild(ctx, options{WorkflowID: "a"}), startChild(ctx, options{WorkflowID: "b"})
		_, err := a.Get(ctx)
		require.ErrorAs(t, err, new(*failure.ApplicationError))
		return b.Get(ctx)
	}))
	child := OnWorkflow(env, declaredChild, func(ctx wctx, _ none) (string, error) {
		if workflow.GetInfo(ctx).WorkflowID == "a" {
			return "", failure.NewApplicationError("out of order", "Double")
		}
		return "for real", workflow.Sleep(ctx, time.Minute)
	})
	out, err := Execute(env, declaredParent, none{})
	require.NoError(t, err)
	require.Equal(t, "for real", out)
	require.Equal(t, 2, child.Calls())
	require.Equal(t, time.Minute, passed(env))
}

func TestTheExecutedWorkflowIsTerminated(t *testing.T) {
	env, _, err := family(t, waitForGo, waitForGo, func(env *Environment) {
		env.After(time.Minute, func() { env.Terminate("enough") })
	})
	require.ErrorAs(t, err, new(*failure.TerminatedError))
	require.ErrorContains(t, err, "enough")
	require.Equal(t, time.Minute, passed(env))
}
