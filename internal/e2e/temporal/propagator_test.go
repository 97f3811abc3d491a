package temporal

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"
)

// tenant is a propagator of who asks.
type tenant struct{}

type tenantKey struct{}

const tenantHeader = "tenant"

func (tenant) Inject(ctx context.Context, to workflow.HeaderWriter) error {
	return tenant{}.write(ctx.Value(tenantKey{}), to)
}

func (tenant) InjectFromWorkflow(ctx workflow.Context, to workflow.HeaderWriter) error {
	return tenant{}.write(ctx.Value(tenantKey{}), to)
}

func (tenant) write(value any, to workflow.HeaderWriter) error {
	name, ok := value.(string)
	if !ok {
		return nil
	}
	p, err := converter.GetDefaultDataConverter().ToPayload(name)
	if err == nil {
		to.Set(tenantHeader, p)
	}
	return err
}

func (tenant) Extract(ctx context.Context, from workflow.HeaderReader) (context.Context, error) {
	name, err := tenant{}.read(from)
	return context.WithValue(ctx, tenantKey{}, name), err
}

func (tenant) ExtractToWorkflow(ctx workflow.Context, from workflow.HeaderReader) (workflow.Context, error) {
	name, err := tenant{}.read(from)
	return workflow.WithValue(ctx, tenantKey{}, name), err
}

func (tenant) read(from workflow.HeaderReader) (name string, err error) {
	if p, ok := from.Get(tenantHeader); ok {
		err = converter.GetDefaultDataConverter().FromPayload(p, &name)
	}
	return name, err
}

func whoAsks(ctx context.Context) (string, error) {
	name, _ := ctx.Value(tenantKey{}).(string)
	return name, nil
}

// What a client's context holds reaches the workflow, its activities, and the runs that it continues as.
func TestContextPropagator(t *testing.T) {
	options := client.Options{ContextPropagators: []workflow.ContextPropagator{tenant{}}}
	eachWayWith(t, options, func(t *testing.T, c client.Client) {
		queue := startWorkerOf(t, c, func(ctx workflow.Context, again bool) ([]string, error) {
			if again {
				return nil, workflow.NewContinueAsNewError(ctx, "play", false)
			}
			own, _ := ctx.Value(tenantKey{}).(string)
			var remote, local string
			if err := workflow.ExecuteActivity(quickly(ctx), whoAsks).Get(ctx, &remote); err != nil {
				return nil, err
			}
			within := workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{StartToCloseTimeout: patience})
			err := workflow.ExecuteLocalActivity(within, whoAsks).Get(ctx, &local)
			return []string{own, remote, local}, err
		}, whoAsks)
		ctx := context.WithValue(within(t), tenantKey{}, "acme")
		run, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{TaskQueue: queue}, "play", true)
		require.NoError(t, err)
		require.Equal(t, []string{"acme", "acme", "acme"}, resultOf[[]string](t, run))
	})
}
