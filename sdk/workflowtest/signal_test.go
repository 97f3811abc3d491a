package workflowtest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/sdk/workflow"
)

// A signal of another type than declared ends no wait: neither one with a limit nor a selector's.
func TestASignalThatCannotBeDecodedEndsNoWait(t *testing.T) {
	wrong := workflow.DeclareSignal[string]("approve")
	waits := map[string]func(workflow.Context) (bool, error){
		"receive": func(ctx workflow.Context) (bool, error) {
			value, _ := approve.Channel(ctx).Receive(ctx)
			return value, nil
		},
		"receive with a limit": func(ctx workflow.Context) (bool, error) {
			value, came, err := approve.Channel(ctx).ReceiveWithTimeout(ctx, 72*time.Hour)
			return value && came, err
		},
		"selector": func(ctx workflow.Context) (bool, error) {
			var value bool
			signals := approve.Channel(ctx)
			workflow.NewSelector(ctx).AddReceive(signals, func() { value, _ = signals.Receive(ctx) }).Select(ctx)
			return value, nil
		},
	}
	for name, wait := range waits {
		t.Run(name, func(t *testing.T) {
			waiting := workflow.Declare[none, bool]("Waiting")
			env := New(t, Options{}, waiting.Implement(func(ctx workflow.Context, _ none) (bool, error) { return wait(ctx) }))
			env.After(time.Hour, func() { require.NoError(t, Signal(env, wrong, "ann")) })
			env.After(48*time.Hour, func() { require.NoError(t, Signal(env, approve, true)) })
			out, err := Execute(env, waiting, none{})
			require.NoError(t, err)
			require.True(t, out)
			require.Equal(t, 48*time.Hour, env.Now().Sub(startTime))
		})
	}
}
