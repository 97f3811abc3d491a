package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/workflow"
)

// codeScenes are of what workflow code does without a service's help, and of updates.
var codeScenes = map[string]scene{
	"marker-mutable-side-effect": {workflow: changing},
	"localactivity-retry-by-timer": {workflow: calling(workflow.LocalActivityOptions{
		StartToCloseTimeout: 5 * time.Second, RetryPolicy: &workflow.RetryPolicy{InitialInterval: 2500 * time.Millisecond, MaximumAttempts: 3},
	}), act: numbered(1), options: client.StartOptions{TaskTimeout: 2 * time.Second}},
	"activity-summary": {workflow: caller.Implement(func(ctx workflow.Context, _ workflow.None) (string, error) {
		return workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 20 * time.Second, Summary: "greets one"}), act, "one").Get(ctx)
	})},
	"signal-with-start-new": {workflow: collecting, begin: func(t *testing.T, c *client.Client, o client.StartOptions) {
		_, err := client.SignalWithStart(within(t), c, added, "one", workflow.Declare[workflow.None, []string]("Collect"), workflow.None{}, o)
		require.NoError(t, err)
	}},
	"update-two-gated": {workflow: counter.Implement(counting), use: func(t *testing.T, c *client.Client, id string) {
		u, ctx := updating{c, id}, within(t)
		u.idle(ctx, t, 1)
		one, two := gate(ctx, t, u, "up-1", 1), gate(ctx, t, u, "up-2", 2)
		u.signal(ctx, t, openGate)
		for _, handle := range []client.UpdateHandle[int]{one, two} {
			_, err := handle.Get(ctx)
			require.NoError(t, err)
		}
		u.signal(ctx, t, leave)
	}},
	"update-with-start": {
		workflow: counter.Implement(counting), options: client.StartOptions{IDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING},
		begin: func(t *testing.T, c *client.Client, o client.StartOptions) {
			for i, id := range []string{"up-1", "up-2"} {
				handle, _, err := client.UpdateWithStart(within(t), c, addTo, i+1, client.UpdateOptions{ID: id}, counter, workflow.None{}, o)
				require.NoError(t, err)
				_, err = handle.Get(within(t))
				require.NoError(t, err)
			}
		},
		use: func(t *testing.T, c *client.Client, id string) { updating{c, id}.signal(within(t), t, leave) },
	},
	"coroutines": {own: true, workflow: alone.Implement(coroutines)},
}

// coroutines has three of them take turns by a semaphore, a mutex and a channel; one of their timers runs at a time.
func coroutines(ctx workflow.Context, _ workflow.None) (string, error) {
	mutex, places := workflow.NewMutex(ctx), workflow.NewSemaphore(ctx, 2)
	said := workflow.NewNamedBufferedChannel[string](ctx, "said", 1)
	all := workflow.NewWaitGroup(ctx)
	turn := func(ctx workflow.Context, name string) error {
		if err := places.Acquire(ctx, 1); err != nil {
			return err
		}
		defer places.Release(1)
		if err := mutex.Lock(ctx); err != nil {
			return err
		}
		defer mutex.Unlock()
		if err := workflow.Sleep(ctx, 10*time.Millisecond); err != nil {
			return err
		}
		said.Send(ctx, name)
		return nil
	}
	var failed error
	for _, name := range []string{"a", "b", "c"} {
		all.Add(1)
		workflow.Go(ctx, func(ctx workflow.Context) {
			defer all.Done()
			if err := turn(ctx, name); err != nil {
				failed = err
			}
		})
	}
	out := ""
	deadline := workflow.NewTimer(ctx, time.Hour)
	for len(out) < 3 {
		workflow.NewSelector(ctx).AddFuture(deadline, func() { out += "late" }).AddReceive(said, func() {
			name, _ := said.Receive(ctx)
			out += name
		}).Select(ctx)
	}
	all.Wait(ctx)
	return out, failed
}
