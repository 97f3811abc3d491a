package history

import (
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api"
)

// A namespace that is closed is written no more and exists no more here, and may be opened again.
func TestCloseNamespace(t *testing.T) {
	p := newPlace(t, nil)
	s, err := New(p.config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Stop(within(t))) })
	execute := func(wait bool) *asked {
		r := newRequest(t, &workflowservice.GetWorkflowExecutionHistoryRequest{Execution: &commonpb.WorkflowExecution{WorkflowId: "w"}, WaitNewEvent: wait})
		s.Execute(r.ctx, api.Call{Namespace: "test", Request: r.call.Request}, r.done)
		return r
	}
	for range 2 {
		require.NoError(t, s.OpenNamespace(within(t), "test"))
		require.NoError(t, s.Ready(within(t)))
		require.NoError(t, s.Exists("test"))
		var noWorkflow *serviceerror.NotFound
		require.ErrorAs(t, (<-execute(false).outcome).err, &noWorkflow)
		require.NoError(t, s.CloseNamespace(within(t), "test"))
		require.NoError(t, s.CloseNamespace(within(t), "test"))
		var notFound *serviceerror.NamespaceNotFound
		require.ErrorAs(t, s.Exists("test"), &notFound)
		require.ErrorAs(t, (<-execute(true).outcome).err, &notFound)
	}
}
