package history

import (
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/serviceerror"
	updatepb "go.temporal.io/api/update/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/workerpb"
	"github.com/perdure/perdure/history/machine"
)

// What the requests name their workflow by.
type (
	namesWorkflow  interface{ GetWorkflowId() string }
	namesRun       interface{ GetRunId() string }
	namesExecution interface {
		GetExecution() *commonpb.WorkflowExecution
	}
	namesWorkflowExecution interface {
		GetWorkflowExecution() *commonpb.WorkflowExecution
	}
	namesUpdate interface {
		GetUpdateRef() *updatepb.UpdateRef
	}
	namesOperations interface {
		GetOperations() []*workflowservice.ExecuteMultiOperationRequest_Operation
	}
	namesTask  interface{ GetTask() *workerpb.Task }
	namesToken interface{ GetTaskToken() []byte }
)

// topicOf finds the workflow that a request is about, and the task that a worker's
// request speaks of, which is nil for others: InvalidArgument when it names no workflow.
func topicOf(request proto.Message) (id string, task *workerpb.Task, err error) {
	switch q := request.(type) {
	case namesTask:
		task = q.GetTask()
		id = task.GetWorkflowId()
	case namesToken:
		if task, err = machine.TokenTask(q.GetTaskToken()); err != nil {
			return "", nil, err
		}
		id = task.WorkflowId
	case namesWorkflow:
		id = q.GetWorkflowId()
	case namesExecution:
		id = q.GetExecution().GetWorkflowId()
	case namesWorkflowExecution:
		id = q.GetWorkflowExecution().GetWorkflowId()
	case namesUpdate:
		id = q.GetUpdateRef().GetWorkflowExecution().GetWorkflowId()
	case namesOperations:
		if operations := q.GetOperations(); len(operations) > 0 {
			id = operations[0].GetStartWorkflow().GetWorkflowId()
		}
	default:
		return "", nil, api.NotImplemented(string(request.ProtoReflect().Descriptor().Name()))
	}
	if id == "" {
		return "", nil, serviceerror.NewInvalidArgument("WorkflowId is not set on request.")
	}
	return id, task, nil
}

// runIDOf is the run that a request names; "" is the latest.
func runIDOf(request proto.Message) string {
	switch q := request.(type) {
	case namesTask:
		return q.GetTask().GetRunId()
	case namesExecution:
		return q.GetExecution().GetRunId()
	case namesWorkflowExecution:
		return q.GetWorkflowExecution().GetRunId()
	case namesUpdate:
		return q.GetUpdateRef().GetWorkflowExecution().GetRunId()
	case namesRun:
		return q.GetRunId()
	}
	return ""
}
