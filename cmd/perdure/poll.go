package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/internal/rpc"
)

const (
	// pollTimeout is more than the server leaves a waiting request unanswered.
	pollTimeout = 30 * time.Second
	// pollPause is the wait before a server that is not there is asked again.
	pollPause = 500 * time.Millisecond
)

// poll reads one run's events, and waits for those to come.
type poll struct {
	s       *session
	request *workflowservice.GetWorkflowExecutionHistoryRequest
	// told is whether the user knows that the server does not answer.
	told bool
}

func (s *session) newPoll(workflowID, run string, filter enumspb.HistoryEventFilterType) *poll {
	return &poll{s: s, request: &workflowservice.GetWorkflowExecutionHistoryRequest{
		Namespace:              s.Namespace,
		Execution:              &commonpb.WorkflowExecution{WorkflowId: workflowID, RunId: run},
		HistoryEventFilterType: filter,
		WaitNewEvent:           true,
	}}
}

// next are the next events, possibly none after a while of waiting. It keeps
// asking while the server is away, since workflows outlive it.
func (p *poll) next(ctx context.Context) ([]*historypb.HistoryEvent, error) {
	for {
		reply, err := p.ask(ctx)
		if err == nil {
			p.request.NextPageToken = reply.GetNextPageToken()
			p.told = false
			if err := p.s.whole(ctx, reply); err != nil {
				return nil, err
			}
			return reply.GetHistory().GetEvents(), nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		var unavailable *serviceerror.Unavailable
		if !errors.As(err, &unavailable) && !errors.Is(err, context.DeadlineExceeded) {
			return nil, err
		}
		if !p.told {
			p.told = true
			fmt.Fprintf(p.s.io.err, "Waiting for the server: %v\n", err)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pollPause):
		}
	}
}

func (p *poll) ask(ctx context.Context) (*workflowservice.GetWorkflowExecutionHistoryResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	reply := &workflowservice.GetWorkflowExecutionHistoryResponse{}
	return reply, rpc.Call(ctx, p.s.conn, p.s.names.API(p.s.Namespace, "GetWorkflowExecutionHistory"), p.request, reply)
}

// closes tells whether an event is the last of its run.
func closes(e *historypb.HistoryEvent) bool {
	switch e.GetEventType() {
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED,
		enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED,
		enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
		return true
	}
	return false
}

// nextRun is the run that follows the one that an event closed, or none.
func nextRun(e *historypb.HistoryEvent) string {
	switch a := e.GetAttributes().(type) {
	case *historypb.HistoryEvent_WorkflowExecutionContinuedAsNewEventAttributes:
		return a.WorkflowExecutionContinuedAsNewEventAttributes.GetNewExecutionRunId()
	case *historypb.HistoryEvent_WorkflowExecutionCompletedEventAttributes:
		return a.WorkflowExecutionCompletedEventAttributes.GetNewExecutionRunId()
	case *historypb.HistoryEvent_WorkflowExecutionFailedEventAttributes:
		return a.WorkflowExecutionFailedEventAttributes.GetNewExecutionRunId()
	case *historypb.HistoryEvent_WorkflowExecutionTimedOutEventAttributes:
		return a.WorkflowExecutionTimedOutEventAttributes.GetNewExecutionRunId()
	}
	return ""
}
