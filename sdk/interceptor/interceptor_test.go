package interceptor_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/interceptor"
	"github.com/perdure/perdure/sdk/worker"
	"github.com/perdure/perdure/sdk/workflow"
	"github.com/perdure/perdure/sdk/workflowtest"
)

var greetCode = greet.Implement(func(ctx workflow.Context, name string) (string, error) {
	status.Handle(ctx, func(who string) (string, error) { return "greeting " + name + " for " + who, nil })
	rank, _ := title.Channel(ctx).Receive(ctx)
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	return workflow.ExecuteActivity(ctx, compose, rank+" "+name).Get(ctx)
})

var composeCode = compose.Implement(func(ctx context.Context, name string) (string, error) {
	activity.RecordHeartbeat(ctx)
	return "hello " + name, nil
})

// What a client sends passes the client's interceptors, and then those of the client and of the worker; headers arrive.
func TestInterceptorsSeeEverythingInOrder(t *testing.T) {
	var notes notes
	outer, inner := recorder{"A", &notes}, recorder{"B", &notes}
	c := connect(t, client.Options{Interceptors: []client.Interceptor{outer}}, worker.Options{Interceptors: []interceptor.WorkerInterceptor{inner}}, greetCode, composeCode)

	run, err := client.Start(t.Context(), c, greet, "Ada", client.StartOptions{ID: "w", TaskQueue: queue})
	require.NoError(t, err)
	require.NoError(t, client.Signal(t.Context(), c, "w", "", title, "Countess"))
	greeting, err := run.Result(t.Context())
	require.NoError(t, err)
	require.Equal(t, "hello Countess AdaABBA", greeting, "each has changed the input, and the output")
	require.Equal(t, []string{
		"A start Greet ", "A run A", "B run A", "A signaled title A", "B signaled title A",
		"B schedule Compose ", "A schedule Compose B",
		"A execute BA", "B execute BA", "B heartbeat", "A heartbeat",
	}, slices.DeleteFunc(notes.take(), func(note string) bool { return note == "A signal title " }), "in whatever order the signal and the first task come")

	answer, err := client.Query(t.Context(), c, "w", "", status, "me")
	require.NoError(t, err)
	require.Equal(t, "greeting AdaAB for me", answer)
	asked := notes.take()
	require.Equal(t, []string{"A query status ", "A queried status A", "B queried status A"}, append(asked[:1:1], asked[len(asked)-2:]...))
}

func TestTimersCoroutinesAndTheNextRunPassThrough(t *testing.T) {
	var notes notes
	code := greet.Implement(func(ctx workflow.Context, name string) (string, error) {
		workflow.GoNamed(ctx, "side", func(workflow.Context) {})
		if err := errors.Join(workflow.UpsertSearchAttributes(ctx, map[string]any{"N": 1}), workflow.UpsertMemo(ctx, map[string]any{"m": 2})); err != nil {
			return "", err
		}
		if err := workflow.Sleep(ctx, time.Hour); err != nil {
			return "", err
		}
		return "", workflow.NewContinueAsNewError(ctx, greet, name)
	})
	env := workflowtest.New(t, workflowtest.Options{Interceptors: []interceptor.WorkerInterceptor{recorder{"A", &notes}}}, code)
	_, err := workflowtest.Execute(env, greet, "Ada")
	var next *failure.ContinueAsNewError
	require.ErrorAs(t, err, &next)
	once := []string{"A run ", "A go side", "A search attributes", "A memo", "A timer 1h0m0s", "A continue Greet "}
	require.Equal(t, slices.Concat(once, once), notes.take(), "and once more by the check at the end")
	var by string
	_, err = env.Memo("by", &by)
	require.NoError(t, err)
	require.Equal(t, "A", by)
	events := env.History().GetEvents()
	header := events[len(events)-1].GetWorkflowExecutionContinuedAsNewEventAttributes().GetHeader()
	require.Equal(t, "A", string(header.GetFields()[field].GetData()))

	// A replay passes through, too, and another header is no other history.
	require.NoError(t, workflowtest.Replayer{}.Replay(env.History(), code))
	replayed := workflowtest.Replayer{Interceptors: []interceptor.WorkerInterceptor{recorder{"B", &notes}}}
	require.NoError(t, replayed.Replay(env.History(), code))
	require.Equal(t, []string{"B run ", "B go side", "B search attributes", "B memo", "B timer 1h0m0s", "B continue Greet "}, notes.take())
}

// waiting has each workflow wait before its code begins.
type waiting struct{ interceptor.Base }

type waitingWorkflow struct {
	interceptor.WorkflowInboundInterceptorBase
}

func (waiting) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return waitingWorkflow{interceptor.WorkflowInboundInterceptorBase{Next: next}}
}

func (w waitingWorkflow) ExecuteWorkflow(ctx workflow.Context, in *interceptor.ExecuteWorkflowInput) (any, error) {
	if err := workflow.Sleep(ctx, time.Hour); err != nil {
		return nil, err
	}
	return w.Next.ExecuteWorkflow(ctx, in)
}

// The check at the end of a test runs the code behind the same interceptors.
func TestAnInterceptorWithCommandsOfItsOwn(t *testing.T) {
	code := greet.Implement(func(_ workflow.Context, name string) (string, error) { return name, nil })
	env := workflowtest.New(t, workflowtest.Options{Interceptors: []interceptor.WorkerInterceptor{waiting{}}}, code)
	start := env.Now()
	out, err := workflowtest.Execute(env, greet, "Ada")
	require.NoError(t, err)
	require.Equal(t, "Ada", out)
	require.Equal(t, time.Hour, env.Now().Sub(start))
	require.ErrorIs(t, workflowtest.Replay(env.History(), code), workflowtest.ErrNonDeterministic)
}

var change = workflow.DeclareUpdate[string, string]("change")

// renaming gives all signals, queries and updates another name.
type renaming struct{ interceptor.Base }

type renamedWorkflow struct {
	interceptor.WorkflowInboundInterceptorBase
}

func (renaming) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return renamedWorkflow{interceptor.WorkflowInboundInterceptorBase{Next: next}}
}

func (r renamedWorkflow) HandleSignal(ctx workflow.Context, in *interceptor.HandleSignalInput) error {
	in.SignalName = "renamed"
	return r.Next.HandleSignal(ctx, in)
}

func (r renamedWorkflow) HandleQuery(ctx workflow.Context, in *interceptor.HandleQueryInput) (any, error) {
	in.QueryType = "renamed"
	return r.Next.HandleQuery(ctx, in)
}

func (r renamedWorkflow) ValidateUpdate(ctx workflow.Context, in *interceptor.UpdateInput) error {
	in.Name = "renamed"
	return r.Next.ValidateUpdate(ctx, in)
}

func TestWhatAnInterceptorNamesHasToBeHandled(t *testing.T) {
	code := greet.Implement(func(ctx workflow.Context, name string) (string, error) {
		status.Handle(ctx, func(string) (string, error) { return "", nil })
		change.Handle(ctx, func(workflow.Context, string) (string, error) { return "", nil })
		return name, workflow.Sleep(ctx, time.Hour)
	})
	env := workflowtest.New(t, workflowtest.Options{Interceptors: []interceptor.WorkerInterceptor{renaming{}}}, code)
	changed := workflowtest.Update(env, "", change, "")
	env.After(time.Minute, func() {
		_, err := workflowtest.Query(env, status, "")
		require.ErrorContains(t, err, `the query "renamed", which the workflow does not handle`)
	})
	_, err := workflowtest.Execute(env, greet, "Ada")
	require.NoError(t, err)
	_, err = changed.Get()
	require.ErrorContains(t, err, `the update "renamed", which the workflow does not handle`)
}

func TestAnInterceptorMayRenameSignals(t *testing.T) {
	renamed := workflow.DeclareSignal[string]("renamed")
	code := greet.Implement(func(ctx workflow.Context, _ string) (string, error) {
		first := title.Channel(ctx) // what comes to it goes on, also before the code asks for the other
		if err := workflow.Await(ctx, func() bool { return workflow.Now(ctx).Sub(workflow.GetInfo(ctx).StartTime) > 0 }); err != nil {
			return "", err
		}
		a, _ := renamed.Channel(ctx).Receive(ctx)
		b, _ := renamed.Channel(ctx).Receive(ctx)
		return fmt.Sprint(a, b, first.Len()), nil
	})
	env := workflowtest.New(t, workflowtest.Options{Interceptors: []interceptor.WorkerInterceptor{renaming{}}}, code)
	require.NoError(t, workflowtest.Signal(env, title, "A"))
	env.After(time.Second, func() { require.NoError(t, workflowtest.Signal(env, renamed, "B")) })
	out, err := workflowtest.Execute(env, greet, "")
	require.NoError(t, err)
	require.Equal(t, "AB0", out)
}

// changer gives the code a value of another type.
type changer struct{ interceptor.Base }

type changedWorkflow struct {
	interceptor.WorkflowInboundInterceptorBase
}

func (changer) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return changedWorkflow{interceptor.WorkflowInboundInterceptorBase{Next: next}}
}

func (c changedWorkflow) ExecuteWorkflow(ctx workflow.Context, in *interceptor.ExecuteWorkflowInput) (any, error) {
	in.Input = 7
	return c.Next.ExecuteWorkflow(ctx, in)
}

func TestAValueOfAnotherTypeIsToldOf(t *testing.T) {
	env := workflowtest.New(t, workflowtest.Options{Interceptors: []interceptor.WorkerInterceptor{changer{}}}, greetCode)
	_, err := workflowtest.Execute(env, greet, "Ada")
	require.ErrorContains(t, err, "input of workflow Greet: an interceptor passed on a int, where a string is declared")
}

// broken fails before the code begins.
type broken struct{ interceptor.Base }

type brokenWorkflow struct {
	interceptor.WorkflowInboundInterceptorBase
}

func (broken) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return brokenWorkflow{interceptor.WorkflowInboundInterceptorBase{Next: next}}
}

func (brokenWorkflow) Init(interceptor.WorkflowOutboundInterceptor) error {
	return errors.New("no tracer")
}

type brokenActivity struct {
	interceptor.ActivityInboundInterceptorBase
}

func (broken) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return brokenActivity{interceptor.ActivityInboundInterceptorBase{Next: next}}
}

func (brokenActivity) Init(interceptor.ActivityOutboundInterceptor) error {
	return errors.New("no tracer")
}

// A fault of a workflow's interceptor closes nothing; one of an activity's fails the attempt.
func TestAnInterceptorThatFails(t *testing.T) {
	env := workflowtest.New(t, workflowtest.Options{Interceptors: []interceptor.WorkerInterceptor{broken{}}}, greetCode)
	_, err := workflowtest.Execute(env, greet, "Ada")
	require.ErrorContains(t, err, "no tracer")
	events := env.History().GetEvents()
	require.Nil(t, events[len(events)-1].GetWorkflowExecutionFailedEventAttributes(), "the workflow is not closed")

	outside := greet.Implement(func(ctx workflow.Context, name string) (string, error) {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute, RetryPolicy: &workflow.RetryPolicy{MaximumAttempts: 1}})
		return workflow.ExecuteActivity(ctx, compose, name).Get(ctx)
	})
	env = workflowtest.New(t, workflowtest.Options{Interceptors: []interceptor.WorkerInterceptor{onlyActivities{}}}, outside)
	env.Register(composeCode)
	_, err = workflowtest.Execute(env, greet, "Ada")
	require.ErrorContains(t, err, "no tracer")
	events = env.History().GetEvents()
	require.NotNil(t, events[len(events)-1].GetWorkflowExecutionFailedEventAttributes())
}

// onlyActivities is broken for activities alone.
type onlyActivities struct{ broken }

func (onlyActivities) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return next
}

// nothing stands before nothing.
type nothing struct{ interceptor.Base }

func (nothing) InterceptClient(interceptor.ClientOutboundInterceptor) interceptor.ClientOutboundInterceptor {
	return nil
}

func TestAnInterceptorThatIsNil(t *testing.T) {
	_, err := client.Connect(client.Options{Interceptors: []client.Interceptor{nothing{}}})
	require.EqualError(t, err, "the interceptor interceptor_test.nothing returned nil: return next to change nothing")
}

// refusing keeps a client's calls from being sent.
type refusing struct{ interceptor.Base }

type refusedCalls struct {
	interceptor.ClientOutboundInterceptorBase
}

var errRefused = errors.New("not on Sundays")

func (refusing) InterceptClient(next interceptor.ClientOutboundInterceptor) interceptor.ClientOutboundInterceptor {
	return refusedCalls{interceptor.ClientOutboundInterceptorBase{Next: next}}
}

func (refusedCalls) SignalWithStartWorkflow(context.Context, *interceptor.ClientSignalWithStartWorkflowInput) (*commonpb.WorkflowExecution, error) {
	return nil, errRefused
}

func (refusedCalls) CancelWorkflow(context.Context, *interceptor.ClientCancelWorkflowInput) error {
	return errRefused
}

func (refusedCalls) TerminateWorkflow(_ context.Context, in *interceptor.ClientTerminateWorkflowInput) error {
	return errors.New("no end for " + in.WorkflowID + ": " + in.Reason)
}

func TestAClientsInterceptorMayRefuse(t *testing.T) {
	c := connect(t, client.Options{Interceptors: []client.Interceptor{refusing{}}}, worker.Options{}, greetCode)
	_, err := client.SignalWithStart(t.Context(), c, title, "Sir", greet, "Ada", client.StartOptions{TaskQueue: queue})
	require.ErrorIs(t, err, errRefused)
	require.ErrorIs(t, c.Cancel(t.Context(), "w", ""), errRefused)
	require.EqualError(t, c.Terminate(t.Context(), "w", "", "late"), "no end for w: late")
}
