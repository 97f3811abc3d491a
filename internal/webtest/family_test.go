//go:build chromium

package webtest

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
)

// A parent, and its children by what becomes of them.
const (
	parent    = "order-2001"
	delivered = parent + "-books"
	lost      = parent + "-lamp"
	underWay  = parent + "-chair"
)

var (
	fulfil = workflow.Declare[string, int]("Fulfil")
	ship   = workflow.Declare[string, string]("Ship")
)

// fulfilOrder sends the parcels, and counts those that come.
func fulfilOrder(ctx workflow.Context, _ string) (int, error) {
	var parcels []workflow.ChildWorkflowFuture[string]
	for _, id := range []string{delivered, lost, underWay} {
		child := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{WorkflowID: id, Summary: "ships " + id})
		parcels = append(parcels, workflow.ExecuteChildWorkflow(child, ship, id))
	}
	came := 0
	for _, parcel := range parcels {
		if _, err := parcel.Get(ctx); err == nil {
			came++
		}
	}
	return came, nil
}

func shipParcel(ctx workflow.Context, id string) (string, error) {
	switch id {
	case lost:
		return "", failure.NewApplicationError("the parcel is lost", "ParcelLost")
	case underWay:
		ctx.Done().Receive(ctx)
		return "", ctx.Err()
	}
	return "delivered", nil
}

// beginFamily starts the parent and waits until each child is where it is to be.
func (s *site) beginFamily(ctx context.Context, t *testing.T) {
	t.Helper()
	run, err := client.Start(ctx, s.client, fulfil, parent, client.StartOptions{ID: parent, TaskQueue: queue})
	require.NoError(t, err)
	s.runs[parent] = run.RunID()
	closed := map[enumspb.EventType]bool{}
	for e, err := range s.client.History(ctx, parent, run.RunID(), client.HistoryOptions{Follow: true}) {
		require.NoError(t, err)
		switch e.EventType {
		case enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED:
			child := e.GetChildWorkflowExecutionStartedEventAttributes().GetWorkflowExecution()
			s.runs[child.GetWorkflowId()] = child.GetRunId()
		case enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_COMPLETED, enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_FAILED:
			closed[e.EventType] = true
		default:
		}
		if len(closed) == 2 && s.runs[underWay] != "" {
			return
		}
	}
}
