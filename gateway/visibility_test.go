package gateway

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api"
)

func (b *backend) ListWorkflowExecutions(_ context.Context, _ string, r *workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, time.Duration, error) {
	b.calls.Add(1)
	return &workflowservice.ListWorkflowExecutionsResponse{Executions: b.executions[:min(len(b.executions), int(r.PageSize))]}, b.lag, nil
}

func (b *backend) ScanWorkflowExecutions(context.Context, string, *workflowservice.ScanWorkflowExecutionsRequest) (*workflowservice.ScanWorkflowExecutionsResponse, time.Duration, error) {
	b.calls.Add(1)
	return &workflowservice.ScanWorkflowExecutionsResponse{}, 0, nil
}

func (b *backend) CountWorkflowExecutions(context.Context, string, *workflowservice.CountWorkflowExecutionsRequest) (*workflowservice.CountWorkflowExecutionsResponse, time.Duration, error) {
	b.calls.Add(1)
	return &workflowservice.CountWorkflowExecutionsResponse{}, b.lag, nil
}

func (b *backend) ListOpenWorkflowExecutions(context.Context, string, *workflowservice.ListOpenWorkflowExecutionsRequest) (*workflowservice.ListOpenWorkflowExecutionsResponse, time.Duration, error) {
	b.calls.Add(1)
	return &workflowservice.ListOpenWorkflowExecutionsResponse{}, 0, nil
}

func (b *backend) ListClosedWorkflowExecutions(context.Context, string, *workflowservice.ListClosedWorkflowExecutionsRequest) (*workflowservice.ListClosedWorkflowExecutionsResponse, time.Duration, error) {
	b.calls.Add(1)
	return &workflowservice.ListClosedWorkflowExecutionsResponse{}, 0, nil
}

func TestALateListSaysSo(t *testing.T) {
	s := start(t)
	for _, kind := range []string{api.ContentJSON, api.ContentProtobuf} {
		body := ""
		if kind == api.ContentJSON {
			body = "{}"
		}
		s.backend.lag = 0
		reply, err := s.ask(api.Names{}.API("default", "CountWorkflowExecutions"), kind, body)
		require.NoError(t, err)
		require.Empty(t, reply.Header.Get(api.HeaderIndexLag))
		s.backend.lag = 2500 * time.Millisecond
		reply, err = s.ask(api.Names{}.API("default", "CountWorkflowExecutions"), kind, body)
		require.NoError(t, err)
		require.Equal(t, "2.5s", reply.Header.Get(api.HeaderIndexLag))
		require.Equal(t, kind, reply.Header.Get(api.HeaderContentType))
	}
	got, err := s.gateway.Call(within(t), api.ClientDoor, "CountWorkflowExecutions", api.Call{Namespace: "default", Request: &workflowservice.CountWorkflowExecutionsRequest{}})
	require.NoError(t, err, "in this process, too, it is a reply")
	require.NotNil(t, got)
}

// A page that fits a message in protobuf may not in JSON: it is answered with fewer.
func TestAPageThatIsTooLargeInJSON(t *testing.T) {
	s := start(t)
	for i := range 400 {
		s.backend.executions = append(s.backend.executions, &workflowpb.WorkflowExecutionInfo{
			Execution: &commonpb.WorkflowExecution{WorkflowId: fmt.Sprint(i)},
			Memo:      &commonpb.Memo{Fields: map[string]*commonpb.Payload{"m": {Data: make([]byte, 2400)}}},
		})
	}
	reply, err := s.ask(api.Names{}.API("default", "ListWorkflowExecutions"), api.ContentJSON, `{"pageSize":400}`)
	require.NoError(t, err)
	require.Less(t, len(reply.Data), 1<<20)
	require.Greater(t, len(reply.Data), 1<<18)
}
