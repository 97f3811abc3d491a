package workflowtest

import (
	"context"
	"errors"
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	querypb "go.temporal.io/api/query/v1"
	"go.temporal.io/api/temporalproto"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/interceptor"
	"github.com/perdure/perdure/sdk/internal/engine"
	"github.com/perdure/perdure/sdk/internal/propagation"
	"github.com/perdure/perdure/sdk/workflow"
)

// ErrNonDeterministic is wrapped by the error of a replay whose code disagrees with the history. The
// error names the event and the command.
var ErrNonDeterministic = errors.New("the workflow's code does not fit the history")

// Replayer replays histories. The zero value is ready.
type Replayer struct {
	// DataConverter is the one that the history was written with; nil is converter.Default().
	DataConverter converter.DataConverter
	// Interceptors are the worker's.
	Interceptors []interceptor.WorkerInterceptor
	// ContextPropagators are the worker's.
	ContextPropagators []workflow.ContextPropagator
}

// Replay replays a history with the default converter; see [Replayer.Replay].
func Replay(history *historypb.History, impls ...workflow.Implementation) error {
	return Replayer{}.Replay(history, impls...)
}

// ReplayJSON replays a history in JSON with the default converter; see [Replayer.Replay].
func ReplayJSON(history []byte, impls ...workflow.Implementation) error {
	h, err := ReadHistory(history)
	if err != nil {
		return err
	}
	return Replay(h, impls...)
}

// ReadHistory reads a history in JSON, protobuf's or Temporal's own form: what command lines and user
// interfaces save.
func ReadHistory(data []byte) (*historypb.History, error) {
	h := &historypb.History{}
	if err := (temporalproto.CustomJSONUnmarshalOptions{DiscardUnknown: true}).Unmarshal(data, h); err != nil {
		return nil, fmt.Errorf("read a history: %w; it has to be a JSON object with a list of events", err)
	}
	return h, nil
}

// Replay runs the implementation of the history's workflow type over the history, every completed
// workflow task of it. It returns an error that wraps [ErrNonDeterministic] where the two disagree.
func (r Replayer) Replay(history *historypb.History, impls ...workflow.Implementation) error {
	return replay(history, engine.Options{
		DataConverter: r.DataConverter, Interceptors: aroundWorkflows(propagation.Before(r.Interceptors, r.ContextPropagators)),
	}, impls...)
}

func replay(history *historypb.History, o engine.Options, impls ...workflow.Implementation) error {
	events := history.GetEvents()
	if len(events) == 0 {
		return errors.New("replay a history: it has no events")
	}
	var reg engine.Registry
	for _, impl := range impls {
		if err := reg.RegisterWorkflow(impl); err != nil {
			return err
		}
	}
	started := events[0].GetWorkflowExecutionStartedEventAttributes()
	// A query brings an execution up to date and issues no commands: that is a replay.
	task := &workflowservice.PollWorkflowTaskQueueResponse{
		WorkflowType:      started.GetWorkflowType(),
		WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: started.GetWorkflowId(), RunId: started.GetOriginalExecutionRunId()},
		Query:             &querypb.WorkflowQuery{},
	}
	e, err := engine.New(&reg, o, task)
	if err != nil {
		return err
	}
	defer e.Close()
	_, err = e.Handle(context.Background(), task, events)
	var failed *engine.TaskFailure
	if errors.As(err, &failed) && failed.Cause == enumspb.WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR {
		return fmt.Errorf("%w: %s", ErrNonDeterministic, failed.Failure.GetMessage())
	}
	return err
}
