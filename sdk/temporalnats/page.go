package temporalnats

import (
	"context"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api/workerpb"
	"github.com/perdure/perdure/sdk/internal/offload"
)

// The service bounds a page of history as it lies there, with references in place of large payloads. With these it may be
// larger than its caller takes: it then gets fewer events, and the others with the next page.

// paged is a reply, or a task in one, with a page of history.
type paged interface {
	proto.Message
	GetHistory() *historypb.History
}

// pageIn is the page of history that a reply brings; nil: it brings none.
func pageIn(reply proto.Message) paged {
	switch r := reply.(type) {
	case *workflowservice.RespondWorkflowTaskCompletedResponse:
		if r.WorkflowTask != nil {
			return r.WorkflowTask
		}
	case paged:
		return r
	}
	return nil
}

// cutToFit leaves a page as many events as fit. Where a request for history does not say of which run, it is to be made again with what this
// returns.
func (c *Conn) cutToFit(ctx context.Context, request, reply proto.Message) (again proto.Message, err error) {
	n, all, err := c.fitting(ctx, reply)
	if err != nil || all {
		return nil, err
	}
	run := runOf(request, reply)
	if run == "" {
		return c.ofLatest(ctx, request)
	}
	return nil, cut(reply, run, n)
}

// fitting is how many events of a reply's page fit, with the large payloads, into what its caller takes; all when it has no page,
// or none of them would.
func (c *Conn) fitting(ctx context.Context, reply proto.Message) (n int, all bool, err error) {
	page := pageIn(reply)
	if page == nil || c.config.MaxReply <= 0 {
		return 0, true, nil
	}
	size, err := offload.Size(ctx, reply)
	if err != nil || size <= c.config.MaxReply {
		return 0, true, err
	}
	events := page.GetHistory().GetEvents()
	for n = len(events); n > 0 && size > c.config.MaxReply; n-- {
		one, err := offload.Size(ctx, events[n-1])
		if err != nil {
			return 0, true, err
		}
		size -= one
	}
	return n, n == 0, nil
}

// runOf is the run whose history a request asks for, or a task is of; empty: the latest of the workflow.
func runOf(request, reply proto.Message) string {
	if task, ok := pageIn(reply).(*workflowservice.PollWorkflowTaskQueueResponse); ok {
		return task.GetWorkflowExecution().GetRunId()
	}
	asked, ok := request.(interface {
		GetExecution() *commonpb.WorkflowExecution
		GetNextPageToken() []byte
	})
	if !ok {
		return ""
	}
	token := &workerpb.HistoryToken{}
	if err := proto.Unmarshal(asked.GetNextPageToken(), token); err == nil && token.RunId != "" {
		return token.RunId
	}
	return asked.GetExecution().GetRunId()
}

// ofLatest is a request for history that names the run: the token of a page that is cut does.
func (c *Conn) ofLatest(ctx context.Context, request proto.Message) (proto.Message, error) {
	request = proto.Clone(request)
	asked, ok := request.(interface {
		GetNamespace() string
		GetExecution() *commonpb.WorkflowExecution
	})
	if !ok {
		return nil, serviceerror.NewInternalf("%T asks for no history", request)
	}
	reply, err := c.forward(ctx, "DescribeWorkflowExecution", &workflowservice.DescribeWorkflowExecutionRequest{
		Namespace: asked.GetNamespace(), Execution: proto.CloneOf(asked.GetExecution()),
	})
	if err != nil {
		return nil, err
	}
	described, ok := reply.(*workflowservice.DescribeWorkflowExecutionResponse)
	if !ok || described.GetWorkflowExecutionInfo().GetExecution().GetRunId() == "" {
		return nil, serviceerror.NewInternalf("%T describes no run", reply)
	}
	asked.GetExecution().RunId = described.WorkflowExecutionInfo.Execution.RunId
	return request, nil
}

// cut leaves a page of a run the first n events, and has the token lead to the others.
func cut(reply proto.Message, runID string, n int) error {
	switch page := pageIn(reply).(type) {
	case *workflowservice.PollWorkflowTaskQueueResponse:
		return cutForth(page.History, &page.NextPageToken, runID, n)
	case *workflowservice.GetWorkflowExecutionHistoryResponse:
		return cutForth(page.History, &page.NextPageToken, runID, n)
	case *workflowservice.GetWorkflowExecutionHistoryReverseResponse:
		return cutAt(page.History, &page.NextPageToken, &workerpb.HistoryToken{RunId: runID}, n)
	}
	return serviceerror.NewInternalf("%T has no page of history", reply)
}

// cutForth cuts a page with the oldest event first.
func cutForth(page *historypb.History, next *[]byte, runID string, n int) error {
	token := &workerpb.HistoryToken{}
	if err := proto.Unmarshal(*next, token); err != nil {
		return serviceerror.NewInternalf("the token of a page: %v", err)
	}
	if len(*next) == 0 {
		var err error
		if token, n, err = lastToken(page, runID, n); err != nil {
			return err
		}
	}
	return cutAt(page, next, token, n)
}

// lastToken is the token of a page behind which there is none, and how many of n events that page may keep. It may end with events of
// a workflow task that are not written yet, so the token has them.
func lastToken(page *historypb.History, runID string, n int) (*workerpb.HistoryToken, int, error) {
	written := len(page.Events)
	for written > 1 && ofTask(page.Events[written-1]) {
		written--
	}
	token := &workerpb.HistoryToken{RunId: runID, LastEventId: page.Events[written-1].GetEventId()}
	for _, event := range page.Events[written:] {
		encoded, err := proto.Marshal(event)
		if err != nil {
			return nil, 0, serviceerror.NewInternalf("encoding event %s: %v", event.GetEventType(), err)
		}
		token.Tail = append(token.Tail, encoded)
	}
	return token, min(n, written), nil
}

func ofTask(event *historypb.HistoryEvent) bool {
	return event.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED || event.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED
}

func cutAt(page *historypb.History, next *[]byte, token *workerpb.HistoryToken, n int) error {
	token.NextEventId = page.Events[n].GetEventId()
	encoded, err := proto.Marshal(token)
	if err != nil {
		return serviceerror.NewInternalf("the token of a page: %v", err)
	}
	page.Events, *next = page.Events[:n:n], encoded
	return nil
}
