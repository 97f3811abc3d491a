package gateway

import (
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	deploymentpb "go.temporal.io/api/deployment/v1"
	enumspb "go.temporal.io/api/enums/v1"
	protocolpb "go.temporal.io/api/protocol/v1"
	querypb "go.temporal.io/api/query/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/durationpb"
)

// What the SDKs of Temporal send with every completion is taken; what would mean something is refused.
func TestCompletionsOfTemporalsSDKs(t *testing.T) {
	usual := func() *workflowservice.RespondWorkflowTaskCompletedRequest {
		return &workflowservice.RespondWorkflowTaskCompletedRequest{
			TaskToken: []byte("t"), Identity: "1@host@", BinaryChecksum: "c1", Namespace: "default", ReturnNewWorkflowTask: true,
			StickyAttributes: &taskqueuepb.StickyExecutionAttributes{
				WorkerTaskQueue:        &taskqueuepb.TaskQueue{Name: "host:uuid", Kind: enumspb.TASK_QUEUE_KIND_STICKY, NormalName: "q"},
				ScheduleToStartTimeout: durationpb.New(5e9),
			},
			QueryResults:       map[string]*querypb.WorkflowQueryResult{"q": {ResultType: enumspb.QUERY_RESULT_TYPE_ANSWERED}},
			WorkerVersionStamp: &commonpb.WorkerVersionStamp{BuildId: "b"},
			SdkMetadata:        &sdkpb.WorkflowTaskCompletedMetadata{LangUsedFlags: []uint32{3}, SdkName: "temporal-go", SdkVersion: "1.50.0"},
			MeteringMetadata:   &commonpb.MeteringMetadata{},
			Capabilities:       &workflowservice.RespondWorkflowTaskCompletedRequest_Capabilities{DiscardSpeculativeWorkflowTaskWithEvents: true},
			DeploymentOptions:  &deploymentpb.WorkerDeploymentOptions{BuildId: "b", WorkerVersioningMode: enumspb.WORKER_VERSIONING_MODE_UNVERSIONED},
		}
	}
	require.NoError(t, checkWorkflowTaskCompleted(usual()))
	// What is wrong with an update, or not implemented, fails the task, which the history's machine does.
	for name, change := range map[string]func(*workflowservice.RespondWorkflowTaskCompletedRequest){
		"a message of an update": func(r *workflowservice.RespondWorkflowTaskCompletedRequest) { r.Messages = []*protocolpb.Message{{}} },
		"worker versioning": func(r *workflowservice.RespondWorkflowTaskCompletedRequest) {
			r.VersioningBehavior = enumspb.VERSIONING_BEHAVIOR_PINNED
		},
		"a completion in several pages": func(r *workflowservice.RespondWorkflowTaskCompletedRequest) { r.IntermediatePage = true },
	} {
		r := usual()
		change(r)
		require.NoError(t, checkWorkflowTaskCompleted(r), name)
	}
}
