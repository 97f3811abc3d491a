package worker

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
)

var options = workflow.ActivityOptions{StartToCloseTimeout: time.Minute}

// chargeItems calls the activity once for each item, one after the other.
func chargeItems(ctx workflow.Context, in order) (receipt, error) {
	ctx = workflow.WithActivityOptions(ctx, options)
	var text string
	for i := range in.Items {
		charged, err := workflow.ExecuteActivity(ctx, charge, order{ID: fmt.Sprint(in.ID, "-", i)}).Get(ctx)
		if err != nil {
			return receipt{}, err
		}
		text += charged + ";"
	}
	return receipt{Text: text}, nil
}

func chargeOne(_ context.Context, in order) (string, error) { return "charged " + in.ID, nil }

func (f fixture) start(t testing.TB, id string, items int) client.Run[receipt] {
	t.Helper()
	run, err := client.Start(within(t), f.client, checkout, order{ID: id, Items: items}, client.StartOptions{ID: id, TaskQueue: queue})
	require.NoError(t, err)
	return run
}

func TestAWorkflowRunsToItsEnd(t *testing.T) {
	for name, test := range map[string]struct {
		options Options
		eager   bool
	}{
		"sticky":     {},
		"no cache":   {options: Options{StickyCacheSize: -1}},
		"eager":      {eager: true},
		"few slots":  {options: Options{MaxConcurrentActivities: 4}},
		"one slot":   {options: Options{MaxConcurrentWorkflowTasks: 1, MaxConcurrentActivities: 1}, eager: true},
		"tiny cache": {options: Options{StickyCacheSize: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.service.SetEager(test.eager)
			f.worker(t, test.options, checkout.Implement(chargeItems), charge.Implement(chargeOne))
			var runs []client.Run[receipt]
			for i := range 20 {
				runs = append(runs, f.start(t, fmt.Sprint("o", i), 3))
			}
			for i, run := range runs {
				out, err := run.Result(within(t))
				require.NoError(t, err)
				require.Equal(t, fmt.Sprintf("charged o%d-0;charged o%d-1;charged o%d-2;", i, i, i), out.Text)
			}
			require.Eventually(t, func() bool {
				left, err := f.service.Queued()
				return err == nil && left == 0
			}, 10*time.Second, 10*time.Millisecond, "every task is acknowledged")
		})
	}
}

func TestLaterTasksAreSticky(t *testing.T) {
	f := newFixture(t)
	f.worker(t, Options{}, checkout.Implement(chargeItems), charge.Implement(chargeOne))
	_, err := f.start(t, "o", 5).Result(within(t))
	require.NoError(t, err)
	require.Equal(t, 1, f.service.Count("StartWorkflowTask"), "only the first task is pulled")
	require.Zero(t, f.service.Refused())
	require.Zero(t, f.service.Count("GetWorkflowExecutionHistory")-1, "only the client reads the history")
}

func TestAFailedActivityFailsTheWorkflow(t *testing.T) {
	f := newFixture(t)
	f.worker(t, Options{}, checkout.Implement(chargeItems), charge.Implement(func(context.Context, order) (string, error) {
		return "", failure.NewNonRetryableApplicationError("no money", "Declined", nil, 42)
	}))
	_, err := f.start(t, "o", 1).Result(within(t))
	var execution *failure.WorkflowExecutionError
	require.ErrorAs(t, err, &execution)
	require.Equal(t, "Checkout", execution.WorkflowType())
	var declined *failure.ApplicationError
	require.ErrorAs(t, err, &declined)
	require.Equal(t, "Declined", declined.Type())
	var left int
	require.NoError(t, declined.Details(&left))
	require.Equal(t, 42, left)
}

func TestPagesOfHistory(t *testing.T) {
	f := newFixture(t)
	f.service.SetPageSize(2)
	f.worker(t, Options{StickyCacheSize: -1}, checkout.Implement(chargeItems), charge.Implement(chargeOne))
	out, err := f.start(t, "o", 4).Result(within(t))
	require.NoError(t, err)
	require.Equal(t, "charged o-0;charged o-1;charged o-2;charged o-3;", out.Text)
}

func TestRegistrationsThatCannotBe(t *testing.T) {
	f := newFixture(t)
	w, err := New(f.client, queue, Options{})
	require.NoError(t, err)
	require.ErrorIs(t, w.Start(), errNothingRegistered)
	w.Register(charge.Implement(chargeOne), charge.Implement(chargeOne))
	require.ErrorContains(t, w.Start(), "register activity Charge")
	require.NoError(t, w.Stop())

	_, err = New(f.client, "", Options{})
	require.ErrorContains(t, err, "task queue")
	_, err = New(f.client, queue, Options{MaxConcurrentActivities: -1})
	require.ErrorContains(t, err, "MaxConcurrentActivities")
}

func TestStopTwiceAndWithoutStart(t *testing.T) {
	f := newFixture(t)
	w, err := New(f.client, queue, Options{})
	require.NoError(t, err)
	require.NoError(t, w.Stop())
	require.NoError(t, w.Stop())
	require.ErrorContains(t, w.Start(), "started before")
	started := f.worker(t, Options{}, charge.Implement(chargeOne))
	require.NoError(t, started.Stop())
	require.NoError(t, started.Stop())
}

func TestRunEndsWithItsContext(t *testing.T) {
	f := newFixture(t)
	w, err := New(f.client, queue, Options{})
	require.NoError(t, err)
	w.Register(charge.Implement(chargeOne))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	cancel()
	require.NoError(t, receive(t, done))
}

func TestRunEndsWithItsConnection(t *testing.T) {
	f := newFixture(t)
	w, err := New(f.client, queue, Options{})
	require.NoError(t, err)
	w.Register(charge.Implement(chargeOne))
	opened := f.service.Calls(api.OpenTaskQueue)
	done := make(chan error, 1)
	go func() { done <- w.Run(context.Background()) }()
	receive(t, opened) // by Start
	receive(t, opened) // by the puller
	f.client.Close()
	require.ErrorIs(t, receive(t, done), nats.ErrConnectionClosed)
}

func TestStartLearnsThatTheServiceRefuses(t *testing.T) {
	f := newFixture(t)
	f.service.On(api.OpenTaskQueue, func(proto.Message) (proto.Message, error) {
		return nil, serviceerror.NewNamespaceNotFound("default")
	})
	w, err := New(f.client, queue, Options{})
	require.NoError(t, err)
	w.Register(charge.Implement(chargeOne))
	var absent *serviceerror.NamespaceNotFound
	require.ErrorAs(t, w.Start(), &absent)
	require.NoError(t, w.Stop())
}

func TestABuildIDIsBounded(t *testing.T) {
	require.NoError(t, Options{BuildID: strings.Repeat("b", 255)}.Validate())
	require.ErrorContains(t, Options{BuildID: strings.Repeat("b", 256)}.Validate(), "BuildID has 256 bytes")
	require.ErrorContains(t, Options{BuildID: "\xff"}.Validate(), "not valid UTF-8")
}
