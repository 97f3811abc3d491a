package client

import (
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	updatepb "go.temporal.io/api/update/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
)

var nudge = workflow.DeclareUpdate[int, string]("nudge")

const stageAccepted = enumspb.UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_ACCEPTED

func outcomeOf(t *testing.T, value any) *updatepb.Outcome {
	t.Helper()
	payloads, err := converter.Encode(converter.Default(), value)
	require.NoError(t, err)
	return &updatepb.Outcome{Value: &updatepb.Outcome_Success{Success: payloads}}
}

// The service answers that it cannot, then that the update is on its way, and then with its outcome: the question is the same each time.
func TestUpdateAsksUntilItIsAnswered(t *testing.T) {
	f := newFixture(t)
	var asked []*workflowservice.UpdateWorkflowExecutionRequest
	f.service.On("UpdateWorkflowExecution", func(request proto.Message) (proto.Message, error) {
		q := request.(*workflowservice.UpdateWorkflowExecutionRequest)
		asked = append(asked, q)
		reply := &workflowservice.UpdateWorkflowExecutionResponse{
			UpdateRef: &updatepb.UpdateRef{WorkflowExecution: execution("one", "run"), UpdateId: q.GetRequest().GetMeta().GetUpdateId()},
		}
		switch len(asked) {
		case 1:
			return nil, serviceerror.NewUnavailable("the owner is lost")
		case 2:
			reply.Stage = enumspb.UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_ADMITTED
		case 3:
			reply.Stage = stageAccepted
		default:
			reply.Stage, reply.Outcome = stageCompleted, outcomeOf(t, "nudged")
		}
		return reply, nil
	})
	handle, err := Update(t.Context(), f.client, "one", "", nudge, 7, UpdateOptions{})
	require.NoError(t, err)
	require.Len(t, asked, 4)
	for _, again := range asked[1:] {
		require.True(t, proto.Equal(asked[0], again))
	}
	require.Equal(t, "run", handle.RunID())
	require.NotEmpty(t, handle.UpdateID())
	out, err := handle.Get(t.Context())
	require.NoError(t, err)
	require.Equal(t, "nudged", out)
}

func TestUpdateHandlePolls(t *testing.T) {
	f := newFixture(t)
	polls := 0
	f.service.On("PollWorkflowExecutionUpdate", func(request proto.Message) (proto.Message, error) {
		polls++
		reply := &workflowservice.PollWorkflowExecutionUpdateResponse{Stage: stageAccepted}
		switch polls {
		case 1:
		case 2:
			return nil, serviceerror.NewUnavailable("the owner is lost")
		case 3:
			reply.Outcome = &updatepb.Outcome{Value: &updatepb.Outcome_Failure{
				Failure: failure.FromError(converter.Default(), failure.NewApplicationError("too far", "Far")),
			}}
		default:
			reply.Outcome = outcomeOf(t, []int{1})
		}
		require.Equal(t, "up", request.(*workflowservice.PollWorkflowExecutionUpdateRequest).GetUpdateRef().GetUpdateId())
		return reply, nil
	})
	handle := GetUpdateHandle[string](f.client, "one", "", "up")
	_, err := handle.Get(t.Context())
	var failed *failure.ApplicationError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, "Far", failed.Type())
	require.Equal(t, 3, polls)
	_, err = handle.Get(t.Context())
	require.ErrorContains(t, err, "the declaration must have the workflow's own output type")
}

// Of the errors of two operations the caller gets the one that the other was aborted for.
func TestUpdateWithStartTellsWhichOperationIsAtFault(t *testing.T) {
	f := newFixture(t)
	aborted := serviceerror.NewMultiOperationAborted("Operation was aborted.")
	errs := []error{aborted, serviceerror.NewWorkflowNotReady("not ready")}
	f.service.On("ExecuteMultiOperation", func(proto.Message) (proto.Message, error) {
		return nil, serviceerror.NewMultiOperationExecution("MultiOperation could not be executed", errs)
	})
	call := func() error {
		_, _, err := UpdateWithStart(t.Context(), f.client, nudge, 7, UpdateOptions{}, greet, "Ada", StartOptions{TaskQueue: "queue"})
		return err
	}
	var notReady *serviceerror.WorkflowNotReady
	require.ErrorAs(t, call(), &notReady)
	errs = []error{serviceerror.NewWorkflowExecutionAlreadyStarted("there", "", ""), aborted}
	var started *serviceerror.WorkflowExecutionAlreadyStarted
	require.ErrorAs(t, call(), &started)
}
