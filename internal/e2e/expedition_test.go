package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"

	"github.com/perdure/perdure/runtime"
	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/worker"
	"github.com/perdure/perdure/sdk/workflow"
)

// An expedition is a workflow that has all to do with others: porters are its children, it signals them and they signal it, its
// callers update it, a local activity packs what all of them carry, which is too large for a message.
var (
	expedition = workflow.Declare[[]byte, findings]("Expedition")
	porter     = workflow.Declare[burden, []byte]("Porter")
	pack       = activity.Declare[string, stamp]("Pack")
	order      = workflow.DeclareUpdate[int, stamp]("order")
	arrived    = workflow.DeclareSignal[int]("arrived")
)

const (
	porters     = 2
	orders      = 3
	luggageSize = 200 << 10
)

// burden is what a porter is given.
type burden struct {
	Number int
	Load   []byte
}

// findings are what an expedition brings back.
type findings struct {
	Packed  stamp
	Ordered []int  // the numbers of the updates, in their order
	Arrived []int  // the porters, in the order of their signals
	Intact  []bool // whether each porter has brought what it was given
}

func porterID(expedition string, number int) string {
	return fmt.Sprintf("%s-porter-%d", expedition, number)
}

// often has activities tried until they succeed.
func often(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 2 * time.Second, RetryPolicy: &workflow.RetryPolicy{InitialInterval: 20 * time.Millisecond, BackoffCoefficient: 1.5},
	})
}

func explore(ctx workflow.Context, luggage []byte) (f findings, err error) {
	id, ordered := workflow.GetInfo(ctx).WorkflowID, 0
	order.Handle(ctx, func(ctx workflow.Context, n int) (stamp, error) {
		f.Ordered = append(f.Ordered, n)
		s, err := workflow.ExecuteActivity(often(ctx), visit, fmt.Sprintf("%s/order/%d", id, n)).Get(ctx)
		ordered++
		return s, err
	})
	local := workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{StartToCloseTimeout: time.Minute})
	if f.Packed, err = workflow.ExecuteLocalActivity(local, pack, id+"/pack").Get(ctx); err != nil {
		return f, err
	}
	var children []workflow.ChildWorkflowFuture[[]byte]
	for n := range porters {
		ctx := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{WorkflowID: porterID(id, n), WorkflowTaskTimeout: taskTime})
		children = append(children, workflow.ExecuteChildWorkflow(ctx, porter, burden{n, luggage}))
	}
	for n, child := range children {
		if _, err := workflow.SignalChildWorkflow(ctx, child, carryOn, n).Get(ctx); err != nil {
			return f, err
		}
	}
	for range children {
		n, _ := arrived.Channel(ctx).Receive(ctx)
		f.Arrived = append(f.Arrived, n)
	}
	for _, child := range children {
		brought, err := child.Get(ctx)
		if err != nil {
			return f, err
		}
		f.Intact = append(f.Intact, bytes.Equal(luggage, brought))
	}
	if err := workflow.Await(ctx, func() bool { return ordered == orders }); err != nil {
		return f, err
	}
	carryOn.Channel(ctx).Receive(ctx) // its callers know what came of their updates
	return f, nil
}

// carryAlong is a porter.
func carryAlong(ctx workflow.Context, b burden) ([]byte, error) {
	info := workflow.GetInfo(ctx)
	if _, err := workflow.ExecuteActivity(often(ctx), visit, info.WorkflowID).Get(ctx); err != nil {
		return nil, err
	}
	n, _ := carryOn.Channel(ctx).Receive(ctx)
	if n != b.Number {
		return nil, fmt.Errorf("%s got the signal of porter %d", info.WorkflowID, n)
	}
	_, err := workflow.SignalExternalWorkflow(ctx, info.Parent.GetWorkflowId(), info.Parent.GetRunId(), arrived, n).Get(ctx)
	return b.Load, err
}

// exploring is the code of expeditions. A local activity is tried again under the same number when its workflow task is lost.
func (l *ledger) exploring() []worker.Implementation {
	return append(l.implementations(), expedition.Implement(explore), porter.Implement(carryAlong),
		pack.Implement(func(ctx context.Context, place string) (stamp, error) {
			return l.enter(place, activity.GetInfo(ctx).Attempt), nil
		}))
}

// taskTime is how long a workflow task may take that a killed server has lost.
const taskTime = 3 * time.Second

// expeditions are trips by an expedition each.
func expeditions(c *client.Client, effects *ledger) trip {
	return func(ctx context.Context, id string) (func(testing.TB), error) {
		luggage := random(luggageSize)
		run, err := client.Start(ctx, c, expedition, luggage, client.StartOptions{ID: id, TaskQueue: queue, TaskTimeout: taskTime})
		if err != nil {
			return nil, fmt.Errorf("starting %s: %w", id, err)
		}
		var all sync.WaitGroup
		stamps, errs := make([]stamp, orders), make([]error, orders)
		for n := range orders {
			all.Go(func() {
				h, err := client.Update(ctx, c, id, run.RunID(), order, n, client.UpdateOptions{})
				if err == nil {
					stamps[n], err = h.Get(ctx)
				}
				errs[n] = err
			})
		}
		all.Wait()
		if err := errors.Join(errs...); err != nil {
			return nil, fmt.Errorf("updates of %s: %w", id, err)
		}
		var ended *serviceerror.NotFound // where the answer was lost, and the signal is sent again
		if err := client.Signal(ctx, c, id, run.RunID(), carryOn, 0); err != nil && !errors.As(err, &ended) {
			return nil, fmt.Errorf("signal to %s: %w", id, err)
		}
		found, err := run.Result(ctx)
		if err != nil {
			return nil, fmt.Errorf("result of %s: %w", id, err)
		}
		return func(t testing.TB) {
			effects.checkExpedition(t, id, found, stamps)
			checkFamily(t, c, id)
		}, nil
	}
}

// checkExpedition compares what an expedition, and its updates, brought back with what was done.
func (l *ledger) checkExpedition(t testing.TB, id string, f findings, ordered []stamp) {
	l.mu.Lock()
	defer l.mu.Unlock()
	require.Contains(t, l.ran[id+"/pack"], f.Packed, id)
	for n, s := range ordered {
		require.Contains(t, l.ran[fmt.Sprintf("%s/order/%d", id, n)], s, id)
	}
	slices.Sort(f.Ordered)
	require.Equal(t, []int{0, 1, 2}, f.Ordered, "%s: each update is carried out once", id)
	slices.Sort(f.Arrived)
	require.Equal(t, []int{0, 1}, f.Arrived, "%s: each porter's signal arrives once", id)
	require.Equal(t, []bool{true, true}, f.Intact, id)
	require.Empty(t, l.twice, "an attempt ran twice")
}

// checkFamily reads the histories of an expedition and its porters: all that was to happen once has.
func checkFamily(t testing.TB, c *client.Client, id string) {
	count := map[string]int{}
	look := func(id string) {
		runs := checkRuns(within(t), t, c, id)
		require.Len(t, runs, 1, id)
		for _, event := range runs[0] {
			count[strings.TrimPrefix(event.GetEventType().String(), "WorkflowExecution")]++
		}
	}
	for n := range porters {
		look(porterID(id, n))
	}
	require.Equal(t, porters, count["Signaled"], id)
	require.Equal(t, porters, count["ExternalWorkflowExecutionSignaled"], id)
	require.Equal(t, porters, count["Completed"], id)
	clear(count)
	look(id)
	for kind, want := range map[string]int{
		"Signaled": porters + 1, "UpdateAccepted": orders, "UpdateCompleted": orders, "MarkerRecorded": 1,
		"StartChildWorkflowExecutionInitiated": porters, "ChildWorkflowExecutionStarted": porters, "ChildWorkflowExecutionCompleted": porters,
		"SignalExternalWorkflowExecutionInitiated": porters, "ExternalWorkflowExecutionSignaled": porters, "ActivityTaskCompleted": orders,
	} {
		require.Equal(t, want, count[kind], "%s of %s", kind, id)
	}
}

// Families go on while the server of all their shards is killed and started again.
func TestCrashOfFamilies(t *testing.T) {
	c := crash{journeys: 60, every: 90, families: true}
	if *long {
		c = crash{journeys: 400, every: 120, families: true}
	}
	c.inFolder(t, runtime.Tuning{})
}

// The same, with everything at rest and cut as often as can be.
func TestCrashOfFamiliesWhileRestingAndCutting(t *testing.T) {
	c := crash{journeys: 60, every: 90, families: true}
	if *long {
		c = crash{journeys: 400, every: 120, families: true}
	}
	c.inFolder(t, restless)
}
