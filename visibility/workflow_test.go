package visibility

import (
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api/workerpb"
)

func payload(text string) *commonpb.Payload {
	return &commonpb.Payload{Metadata: map[string][]byte{"encoding": []byte("json/plain"), "type": []byte("Keyword")}, Data: []byte(text)}
}

func startRequest(id string) *workflowservice.StartWorkflowExecutionRequest {
	return &workflowservice.StartWorkflowExecutionRequest{
		Namespace: testNamespace, WorkflowId: id, WorkflowType: &commonpb.WorkflowType{Name: "Type"}, TaskQueue: &taskqueuepb.TaskQueue{Name: "queue"},
		RequestId: uuid.NewString(),
	}
}

// start starts a workflow and returns its run id.
func (p *place) start(id string, change ...func(*workflowservice.StartWorkflowExecutionRequest)) string {
	p.t.Helper()
	request := startRequest(id)
	for _, f := range change {
		f(request)
	}
	return p.must(request).(*workflowservice.StartWorkflowExecutionResponse).RunId
}

func execution(id string) *commonpb.WorkflowExecution {
	return &commonpb.WorkflowExecution{WorkflowId: id}
}

func (p *place) signal(id string) {
	p.t.Helper()
	p.must(&workflowservice.SignalWorkflowExecutionRequest{WorkflowExecution: execution(id), SignalName: "s"})
}

func (p *place) terminate(id string) {
	p.t.Helper()
	p.must(&workflowservice.TerminateWorkflowExecutionRequest{WorkflowExecution: execution(id)})
}

// complete completes the next workflow task of a workflow with commands. The tasks of others are dropped.
func (p *place) complete(id string, commands ...*commandpb.Command) {
	p.t.Helper()
	for {
		select {
		case task := <-p.tasks:
			if task.WorkflowId != id {
				continue
			}
			reply, err := p.call(&workerpb.StartTaskRequest{Task: task, RequestId: uuid.NewString()})
			if err != nil {
				continue // stale
			}
			p.must(&workflowservice.RespondWorkflowTaskCompletedRequest{TaskToken: reply.(*workflowservice.PollWorkflowTaskQueueResponse).TaskToken, Commands: commands})
			return
		case <-time.After(patience):
			require.Fail(p.t, "there is no task of "+id)
		}
	}
}

func completeWorkflow() *commandpb.Command {
	return &commandpb.Command{
		CommandType: enumspb.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION,
		Attributes:  &commandpb.Command_CompleteWorkflowExecutionCommandAttributes{CompleteWorkflowExecutionCommandAttributes: &commandpb.CompleteWorkflowExecutionCommandAttributes{}},
	}
}

func failWorkflow() *commandpb.Command {
	return &commandpb.Command{
		CommandType: enumspb.COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION,
		Attributes: &commandpb.Command_FailWorkflowExecutionCommandAttributes{FailWorkflowExecutionCommandAttributes: &commandpb.FailWorkflowExecutionCommandAttributes{
			Failure: &failurepb.Failure{Message: "no"},
		}},
	}
}

func cancelWorkflow() *commandpb.Command {
	return &commandpb.Command{
		CommandType: enumspb.COMMAND_TYPE_CANCEL_WORKFLOW_EXECUTION,
		Attributes:  &commandpb.Command_CancelWorkflowExecutionCommandAttributes{CancelWorkflowExecutionCommandAttributes: &commandpb.CancelWorkflowExecutionCommandAttributes{}},
	}
}

func continueAsNew() *commandpb.Command {
	return &commandpb.Command{
		CommandType: enumspb.COMMAND_TYPE_CONTINUE_AS_NEW_WORKFLOW_EXECUTION,
		Attributes: &commandpb.Command_ContinueAsNewWorkflowExecutionCommandAttributes{ContinueAsNewWorkflowExecutionCommandAttributes: &commandpb.ContinueAsNewWorkflowExecutionCommandAttributes{
			WorkflowType: &commonpb.WorkflowType{Name: "Next"}, TaskQueue: &taskqueuepb.TaskQueue{Name: "queue"},
		}},
	}
}

func upsert(fields map[string]*commonpb.Payload) *commandpb.Command {
	return &commandpb.Command{
		CommandType: enumspb.COMMAND_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
		Attributes: &commandpb.Command_UpsertWorkflowSearchAttributesCommandAttributes{UpsertWorkflowSearchAttributesCommandAttributes: &commandpb.UpsertWorkflowSearchAttributesCommandAttributes{
			SearchAttributes: &commonpb.SearchAttributes{IndexedFields: fields},
		}},
	}
}

func modifyMemo(fields map[string]*commonpb.Payload) *commandpb.Command {
	return &commandpb.Command{
		CommandType: enumspb.COMMAND_TYPE_MODIFY_WORKFLOW_PROPERTIES,
		Attributes: &commandpb.Command_ModifyWorkflowPropertiesCommandAttributes{ModifyWorkflowPropertiesCommandAttributes: &commandpb.ModifyWorkflowPropertiesCommandAttributes{
			UpsertedMemo: &commonpb.Memo{Fields: fields},
		}},
	}
}
