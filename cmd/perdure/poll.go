package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

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
	reply := &workflowservice.GetWorkflowExecutionHistoryResponse{}
	if err := p.s.wait(ctx, "GetWorkflowExecutionHistory", p.request, reply); err != nil {
		return nil, err
	}
	p.request.NextPageToken = reply.GetNextPageToken()
	if err := p.s.whole(ctx, reply); err != nil {
		return nil, err
	}
	return reply.GetHistory().GetEvents(), nil
}

// Why a waiting request is sent again.
var (
	errNoAnswer = errors.New("it does not answer")
	errLost     = errors.New("the connection to NATS is lost")
)

// wait calls a method that waits for something to happen, and keeps asking while the server is away.
func (s *session) wait(ctx context.Context, method string, request, reply proto.Message) error {
	request, err := s.light(ctx, request)
	if err != nil {
		return err
	}
	for told := false; ; {
		err := s.askOnce(ctx, method, request, reply)
		var unavailable *serviceerror.Unavailable
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, context.DeadlineExceeded):
			err = errNoAnswer
		case !errors.As(err, &unavailable) && !errors.Is(err, errLost):
			return err
		}
		if !told {
			told = true
			fmt.Fprintf(s.io.err, "Waiting for the server: %v\n", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pollPause):
		}
	}
}

// askOnce does not wait any more for what was asked on a connection that is lost: the answer went with it.
func (s *session) askOnce(ctx context.Context, method string, request, reply proto.Message) error {
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	var watch sync.WaitGroup
	defer watch.Wait()
	status := s.conn.StatusChanged(nats.RECONNECTING, nats.CLOSED)
	defer s.conn.RemoveStatusListener(status) // ends the watch
	watch.Go(func() {
		if _, changed := <-status; changed {
			end(errLost)
		}
	})
	err := rpc.Call(ctx, s.conn, s.names.API(s.Namespace, method), request, reply)
	if err != nil && errors.Is(context.Cause(ctx), errLost) {
		return errLost
	}
	return err
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
