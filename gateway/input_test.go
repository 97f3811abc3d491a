package gateway

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
)

// with is the valid request of a method with some of its text replaced.
func with(method, old, new string) string {
	body := valid[method]
	if !strings.Contains(body, old) {
		panic(method + " has no " + old)
	}
	return strings.Replace(body, old, new, 1)
}

func TestBadInput(t *testing.T) {
	s := start(t)
	long := strings.Repeat("x", 1001)
	const startMethod, invalid = "StartWorkflowExecution", codes.InvalidArgument
	option := func(field string) string { return with(startMethod, `"requestId"`, field+`,"requestId"`) }
	for _, c := range []struct {
		name, method, body string
		code               codes.Code
		text               string
	}{
		{"no JSON", startMethod, `{"workflowId":`, invalid, "unexpected"},
		{"a list", startMethod, `[]`, invalid, "body is no"},
		{"unknown field", startMethod, `{"workflowID":"x"}`, invalid, `"workflowID"`},
		{"unknown field within", startMethod, `{"taskQueue":{"nome":"x"}}`, invalid, `"nome"`},
		{"wrong type", startMethod, `{"workflowId":7}`, invalid, "line 1:15"},
		{"two values", startMethod, `{}{}`, invalid, "unexpected"},
		{"invalid UTF-8", startMethod, with(startMethod, `"w"`, "\"\xff\""), invalid, "UTF-8"},
		{"no protobuf", startMethod, "\x0a\xff", invalid, "body is no"},
		{"invalid UTF-8 in protobuf", startMethod, "\x12\x01\xff", invalid, "UTF-8"},
		{"another namespace", startMethod, option(`"namespace":"other"`), invalid, `"other"`},

		{"no id", startMethod, with(startMethod, `"w"`, `""`), invalid, "WorkflowId is not set on request."},
		{"long id", startMethod, with(startMethod, `"w"`, `"`+long+`"`), invalid, "WorkflowId length exceeds limit: it has 1001 bytes, at most 1000"},
		{"no type", startMethod, with(startMethod, `"T"`, `""`), invalid, "WorkflowType is not set on request."},
		{"long type", startMethod, with(startMethod, `"T"`, `"`+long+`"`), invalid, "WorkflowType length exceeds limit: it has 1001 bytes, at most 1000"},
		{"no queue", startMethod, with(startMethod, `{"name":"q"}`, `null`), invalid, "TaskQueue is not set on request."},
		{"long queue", startMethod, with(startMethod, `"q"`, `"`+long+`"`), invalid, "TaskQueue length exceeds limit: it has 1001 bytes, at most 1000"},
		{"long request id", startMethod, with(startMethod, `"r"`, `"`+long+`"`), invalid, "RequestId length exceeds limit: it has 1001 bytes, at most 1000"},
		{"long identity", startMethod, option(`"identity":"` + long + `"`), invalid, "Identity length exceeds limit: it has 1001 bytes, at most 1000"},
		{"negative time-out", startMethod, option(`"workflowRunTimeout":"-1s"`), invalid, "An invalid WorkflowRunTimeout is set on request"},
		{"negative delay", startMethod, option(`"workflowStartDelay":"-1s"`), invalid, "WorkflowStartDelay"},
		{"no cron", startMethod, option(`"cronSchedule":"now and then"`), invalid, "invalid CronSchedule."},
		{"no cron either", startMethod, option(`"cronSchedule":"* * * * %"`), invalid, "invalid CronSchedule."},
		{"cron of a zone alone", startMethod, option(`"cronSchedule":"TZ=UTC"`), invalid, "invalid CronSchedule."},
		{"cron that never comes", startMethod, option(`"cronSchedule":"0 0 30 2 *"`), invalid, "no time can be found to satisfy the schedule"},
		{"cron and delay", startMethod, option(`"cronSchedule":"* * * * *","workflowStartDelay":"1s"`), invalid, "may not be used together"},
		{"callbacks to attach alone", startMethod, option(`"onConflictOptions":{"attachCompletionCallbacks":true}`), invalid, "attaching request ID is required for attaching completion callbacks"},
		{"priority", startMethod, option(`"priority":{"priorityKey":-1}`), invalid, "priority key can't be negative"},
		{"callbacks", startMethod, option(`"completionCallbacks":[{}]`), codes.Unimplemented, "completion_callbacks is not implemented by this version of perdure"},
		{"coefficient", startMethod, option(`"retryPolicy":{"backoffCoefficient":0.5}`), invalid, "BackoffCoefficient cannot be less than 1 on retry policy."},
		{"coefficient that is none", startMethod, option(`"retryPolicy":{"backoffCoefficient":"NaN"}`), invalid, "BackoffCoefficient"},
		{"interval", startMethod, option(`"retryPolicy":{"initialInterval":"-1s"}`), invalid, "InitialInterval cannot be negative on retry policy."},
		{"intervals", startMethod, option(`"retryPolicy":{"initialInterval":"2s","maximumInterval":"1s"}`), invalid, "MaximumInterval cannot be less than InitialInterval on retry policy."},
		{"attempts", startMethod, option(`"retryPolicy":{"maximumAttempts":-1}`), invalid, "MaximumAttempts cannot be negative on retry policy."},
		{"timeout type", startMethod, option(`"retryPolicy":{"nonRetryableErrorTypes":["TemporalTimeout:Foo"]}`), invalid, "Invalid timeout type value: Foo."},
		{"unknown policy", startMethod, option(`"workflowIdReusePolicy":99`), invalid, "WorkflowIdReusePolicy has no value 99."},
		{"unknown search attribute", startMethod, option(`"searchAttributes":{"indexedFields":{"X":1}}`), invalid, "Namespace default has no mapping defined for search attribute X"},
		{"search attribute's type", startMethod, option(`"searchAttributes":{"indexedFields":{"Customer":1}}`), invalid, "invalid value for search attribute Customer of type Keyword"},
		{"search attribute with a signal", "SignalWithStartWorkflowExecution", with("SignalWithStartWorkflowExecution", `"requestId"`, `"searchAttributes":{"indexedFields":{"X":1}},"requestId"`), invalid, "search attribute X"},
		{"search attribute with an update", "ExecuteMultiOperation", with("ExecuteMultiOperation", `"requestId"`, `"searchAttributes":{"indexedFields":{"X":1}},"requestId"`), invalid, "Update-with-Start could not be executed."},
		{"policies", startMethod, option(`"workflowIdReusePolicy":"WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE","workflowIdConflictPolicy":"WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING"`), invalid, "cannot be used together"},

		{"no execution", "SignalWorkflowExecution", `{"signalName":"s"}`, invalid, "Execution is not set on request."},
		{"no signal", "SignalWorkflowExecution", with("SignalWorkflowExecution", `"s"`, `""`), invalid, "SignalName is not set on request."},
		{"run id", "SignalWorkflowExecution", with("SignalWorkflowExecution", `"w"`, `"w","runId":"x"`), invalid, `Invalid RunId "x": it is not a UUID`},
		{"run id in braces", "SignalWorkflowExecution", with("SignalWorkflowExecution", `"w"`, `"w","runId":"{`+run+`}"`), invalid, "leave it out for the workflow's latest run."},
		{"fail policy", "SignalWithStartWorkflowExecution", with("SignalWithStartWorkflowExecution", `"requestId"`, `"workflowIdConflictPolicy":"WORKFLOW_ID_CONFLICT_POLICY_FAIL","requestId"`), invalid, "not supported for this operation"},
		{"reset without a request id", "ResetWorkflowExecution", with("ResetWorkflowExecution", `"r"`, `""`), invalid, "RequestId is not set on request."},
		{"reset of nothing", "ResetWorkflowExecution", `{"requestId":"r"}`, invalid, "Execution is not set on request."},
		{"reapply", "ResetWorkflowExecution", with("ResetWorkflowExecution", `"requestId"`, `"resetReapplyType":9,"requestId"`), invalid, "ResetReapplyType has no value 9"},
		{"exclusion", "ResetWorkflowExecution", with("ResetWorkflowExecution", `"requestId"`, `"resetReapplyExcludeTypes":[99],"requestId"`), invalid, "ResetReapplyExcludeType has no value 99"},
		{"after the reset", "ResetWorkflowExecution", with("ResetWorkflowExecution", `"requestId"`, `"postResetOperations":[{}],"requestId"`), invalid, "A post reset operation is not set"},
		{"signal after the reset", "ResetWorkflowExecution", with("ResetWorkflowExecution", `"requestId"`, `"postResetOperations":[{"signalWorkflow":{}}],"requestId"`), invalid, "SignalName is not set"},
		{
			"options after the reset", "ResetWorkflowExecution",
			with("ResetWorkflowExecution", `"requestId"`, `"postResetOperations":[{"updateWorkflowOptions":{"workflowExecutionOptions":{}}}],"requestId"`), invalid, "UpdateMask is required",
		},
		{"no update meta", "UpdateWorkflowExecution", `{"workflowExecution":{"workflowId":"w"}}`, invalid, "Update meta is not set on request."},
		{"no update input", "UpdateWorkflowExecution", `{"workflowExecution":{"workflowId":"w"},"request":{"meta":{}}}`, invalid, "Update input is not set on request."},
		{"no update name", "UpdateWorkflowExecution", with("UpdateWorkflowExecution", `"n"`, `""`), invalid, "Update name is not set on request."},
		{"update id", "UpdateWorkflowExecution", with("UpdateWorkflowExecution", `"u"`, `"`+long+`"`), invalid, "UpdateId length exceeds limit"},
		{"update first run", "UpdateWorkflowExecution", with("UpdateWorkflowExecution", `"request"`, `"firstExecutionRunId":"x","request"`), invalid, "Invalid FirstExecutionRunId"},
		{"update stage", "UpdateWorkflowExecution", with("UpdateWorkflowExecution", `:3`, `:9`), invalid, "LifecycleStage has no value 9"},
		{"update admitted", "UpdateWorkflowExecution", with("UpdateWorkflowExecution", `:3`, `:1`), codes.PermissionDenied, "waiting on update admitted is not supported"},
		{"update callbacks", "UpdateWorkflowExecution", with("UpdateWorkflowExecution", `"meta"`, `"completionCallbacks":[{}],"meta"`), codes.Unimplemented, "completion_callbacks"},
		{"no update ref", "PollWorkflowExecutionUpdate", `{}`, invalid, "UpdateRef is not set on request."},
		{"no polled id", "PollWorkflowExecutionUpdate", with("PollWorkflowExecutionUpdate", `"u"`, `""`), invalid, "UpdateId is not set on request."},
		{"one operation", "ExecuteMultiOperation", `{"operations":[{}]}`, invalid, "Operations have to be exactly [Start, Update]."},
		{"other workflow", "ExecuteMultiOperation", with("ExecuteMultiOperation", `"workflowExecution":{"workflowId":"w"}`, `"workflowExecution":{"workflowId":"other"}`), invalid, "Update-with-Start could not be executed."},
		{"start of both", "ExecuteMultiOperation", with("ExecuteMultiOperation", `"q"`, `""`), invalid, "Update-with-Start could not be executed."},
		{"no query", "QueryWorkflow", `{"execution":{"workflowId":"w"}}`, invalid, "WorkflowQuery is not set on request."},
		{"no query type", "QueryWorkflow", with("QueryWorkflow", `"t"`, `""`), invalid, "QueryType is not set on request."},
		{"first run id", "TerminateWorkflowExecution", with("TerminateWorkflowExecution", `{"workflowE`, `{"firstExecutionRunId":"x","workflowE`), invalid, `Invalid FirstExecutionRunId "x": it is not a UUID`},
		{"first run id", "RequestCancelWorkflowExecution", with("RequestCancelWorkflowExecution", `{"workflowE`, `{"firstExecutionRunId":"x","workflowE`), invalid, `Invalid FirstExecutionRunId "x": it is not a UUID`},
		{"no execution", "DeleteWorkflowExecution", `{}`, invalid, "Execution is not set on request."},
		{"no execution", "ResetStickyTaskQueue", `{}`, invalid, "Execution is not set on request."},
		{"page size", "GetWorkflowExecutionHistory", with("GetWorkflowExecutionHistory", `{"execution"`, `{"maximumPageSize":-1,"execution"`), invalid, "MaximumPageSize"},
		{"no token", "RespondActivityTaskCompleted", `{}`, invalid, "Task token not set on request."},
		{"failure", "RespondActivityTaskFailed", `{"taskToken":"AAAA","failure":{"timeoutFailureInfo":{}}}`, invalid, "Failure must have ApplicationFailureInfo."},
		{"no activity", "PauseActivity", with("PauseActivity", `,"id":"a"`, ``), invalid, "Either Activity.Id or Activity.Type should be set on request."},
		{"no execution", "PauseActivity", with("PauseActivity", `"execution":{"workflowId":"w"},`, ``), invalid, "Execution is not set on request."},
		{"long reason", "PauseActivity", with("PauseActivity", `"r"`, `"`+long+`"`), invalid, "Reason length exceeds limit"},
		{"long activity id", "PauseActivity", with("PauseActivity", `"a"`, `"`+long+`"`), invalid, "ActivityId length exceeds limit"},
		{"negative jitter", "UnpauseActivity", with("UnpauseActivity", `1s`, `-1s`), invalid, "Jitter"},
		{"not even all", "ResetActivity", with("ResetActivity", `true`, `false`), invalid, "Either Activity.Id or Activity.Type should be set on request."},
		{"run id", "ResetActivity", with("ResetActivity", `"w"`, `"w","runId":"x"`), invalid, "Invalid RunId"},
		{"no options", "UpdateActivityOptions", `{"execution":{"workflowId":"w"},"id":"a","updateMask":"priority"}`, invalid, "ActivityOptions are not provided"},
		{"no mask", "UpdateActivityOptions", with("UpdateActivityOptions", `,"updateMask":"startToCloseTimeout"`, ``), invalid, "UpdateMask is not provided"},
		{"mask", "UpdateActivityOptions", with("UpdateActivityOptions", `"updateMask":"startToCloseTimeout"`, `"updateMask":"startToClose"`), invalid, "error parsing UpdateMask"},
		{"mask and original", "UpdateActivityOptions", with("UpdateActivityOptions", `"id":"a"`, `"id":"a","restoreOriginal":true`), invalid, "Both UpdateMask and RestoreOriginal are provided"},
		{"no queue", "UpdateActivityOptions", with("UpdateActivityOptions", `"updateMask":"startToCloseTimeout"`, `"updateMask":"taskQueue.name"`), invalid, "TaskQueue is not provided"},
		{"no policy", "UpdateActivityOptions", with("UpdateActivityOptions", `"updateMask":"startToCloseTimeout"`, `"updateMask":"retryPolicy.maximumAttempts"`), invalid, "RetryPolicy is not provided"},
		{"no priority", "UpdateActivityOptions", with("UpdateActivityOptions", `"updateMask":"startToCloseTimeout"`, `"updateMask":"priority.priorityKey"`), invalid, "Priority is not provided"},
		{"delay", "UpdateActivityOptions", with("UpdateActivityOptions", `"updateMask":"startToCloseTimeout"`, `"updateMask":"startDelay"`), invalid, "start_delay cannot be updated"},
		{"negative time-out", "UpdateActivityOptions", with("UpdateActivityOptions", `1s`, `-1s`), invalid, "StartToCloseTimeout"},
		{"no id", "PauseWorkflowExecution", `{}`, invalid, "WorkflowId is not set on request."},
		{"long reason", "PauseWorkflowExecution", with("PauseWorkflowExecution", `"r"`, `"`+long+`"`), invalid, "reason is too long."},
		{"long request id", "PauseWorkflowExecution", with("PauseWorkflowExecution", `"r"`, `"r","requestId":"`+long+`"`), invalid, "request id is too long."},
		{"long identity", "UnpauseWorkflowExecution", with("UnpauseWorkflowExecution", `"w"`, `"w","identity":"`+long+`"`), invalid, "identity is too long."},
		{"run id", "UnpauseWorkflowExecution", `{"workflowId":"w","runId":"x"}`, invalid, "Invalid RunId"},
		{"no mask", "UpdateWorkflowExecutionOptions", with("UpdateWorkflowExecutionOptions", `,"updateMask":"priority.priorityKey"`, ``), invalid, "UpdateMask is required"},
		{"no options", "UpdateWorkflowExecutionOptions", `{"workflowExecution":{"workflowId":"w"},"updateMask":"priority"}`, invalid, "WorkflowExecutionOptions is required"},
		{"mask", "UpdateWorkflowExecutionOptions", with("UpdateWorkflowExecutionOptions", `priority.priorityKey`, `urgency`), invalid, "error parsing UpdateMask"},
		{"negative priority", "UpdateWorkflowExecutionOptions", with("UpdateWorkflowExecutionOptions", `:1`, `:-1`), invalid, "priority key can't be negative"},
		{"fairness key", "UpdateWorkflowExecutionOptions", with("UpdateWorkflowExecutionOptions", `"priorityKey":1`, `"fairnessKey":"`+long+`"`), invalid, "fairness key length exceeds limit"},
		{"versioning", "UpdateWorkflowExecutionOptions", with("UpdateWorkflowExecutionOptions", `priority.priorityKey`, `versioningOverride`), invalid, "versioning_override cannot be updated"},
		{"no activity", "RespondActivityTaskFailedById", `{"workflowId":"w"}`, invalid, "ActivityId is not set on request."},
		{"sticky and enhanced", "DescribeTaskQueue", `{"taskQueue":{"name":"q","kind":"TASK_QUEUE_KIND_STICKY"},"apiMode":"DESCRIBE_TASK_QUEUE_MODE_ENHANCED"}`, invalid, "Enhanced DescribeTaskQueue is not valid for a sticky queue"},
		{"queue kind", "DescribeTaskQueue", `{"taskQueue":{"name":"q","kind":99}}`, invalid, "TaskQueue.Kind has no value 99."},
		{"mode", "DescribeTaskQueue", `{"taskQueue":{"name":"q"},"apiMode":99}`, invalid, "ApiMode has no value 99."},
		{"type", "DescribeTaskQueue", `{"taskQueue":{"name":"q"},"taskQueueType":99}`, invalid, "TaskQueueType has no value 99."},
		{"types", "DescribeTaskQueue", `{"taskQueue":{"name":"q"},"taskQueueTypes":[1,0]}`, invalid, "TaskQueueTypes must each be"},
		{"many versions", "DescribeTaskQueue", `{"taskQueue":{"name":"q"},"versions":{"buildIds":["x"` + strings.Repeat(`,"x"`, 100) + `]}}`, invalid, "101 build ids"},
		{"no queue", "ListTaskQueuePartitions", `{}`, invalid, "TaskQueue is not set on request."},
	} {
		t.Run(c.method+"/"+c.name, func(t *testing.T) {
			_, err := s.ask(api.Names{}.API("default", c.method), "", c.body)
			require.Error(t, err)
			require.Equal(t, c.code, api.ErrorStatus(err).Code(), err)
			require.Contains(t, err.Error(), c.text)
		})
	}
	require.Zero(t, s.backend.calls.Load(), "a refused request went through")
}

func TestBadSubjects(t *testing.T) {
	s := start(t)
	for subject, code := range map[string]codes.Code{
		"perdure.api.unknown.DescribeWorkflowExecution":                             codes.NotFound,
		"perdure.api.a%20b.DescribeWorkflowExecution":                               codes.InvalidArgument,
		"perdure.api." + strings.Repeat("n", 65) + ".DescribeWorkflowExecution":     codes.InvalidArgument,
		"perdure.worker.unknown.q.RespondActivityTaskCompleted":                     codes.NotFound,
		"perdure.worker.default.another.OpenTaskQueue":                              codes.InvalidArgument,
		"perdure.api.unknown.DescribePayloads":                                      codes.NotFound,
		"perdure.worker.unknown.q.DescribePayloads":                                 codes.NotFound,
		"perdure.worker.default.another.ShutdownWorker":                             codes.InvalidArgument,
		"perdure.worker.default.another.StartActivityTask":                          codes.InvalidArgument,
		"perdure.worker.default." + strings.Repeat("x", 200) + ".StartActivityTask": codes.InvalidArgument,
	} {
		method := subject[strings.LastIndexByte(subject, '.')+1:]
		_, err := s.ask(subject, "", valid[method])
		require.Error(t, err, subject)
		require.Equal(t, code, api.ErrorStatus(err).Code(), "%s: %v", subject, err)
	}
	_, err := s.ask(api.Names{}.Admin("RegisterNamespace"), "", `{"namespace":"a.b"}`)
	require.Equal(t, codes.InvalidArgument, api.ErrorStatus(err).Code())
	_, err = s.ask(api.Names{}.Admin("RegisterNamespace"), "", `{"namespace":"a","workflowExecutionRetentionPeriod":"-1s"}`)
	require.Equal(t, codes.InvalidArgument, api.ErrorStatus(err).Code())
	_, err = s.ask(api.Names{}.Admin("DescribeNamespace"), "", `{}`)
	require.Equal(t, codes.InvalidArgument, api.ErrorStatus(err).Code())
	_, err = s.ask(api.Names{}.Admin("ListNamespaces"), "text/plain", `{}`)
	require.Equal(t, codes.InvalidArgument, api.ErrorStatus(err).Code())
	require.Zero(t, s.backend.calls.Load())
}

// Ids may be any text up to 1000 bytes.
func TestStrangeIDsAreFine(t *testing.T) {
	s := start(t)
	for _, id := range []string{"a b", "a.b.c", "*", ">", "a\nb\x00c\x7f", "ünï\u2028", `"`, strings.Repeat("x", 1000)} {
		got := ""
		s.backend.execute = func(_ context.Context, call api.Call) (proto.Message, error) {
			got = call.Request.(interface{ GetWorkflowId() string }).GetWorkflowId()
			return replyTo(call.Request), nil
		}
		request := &startRequest{}
		require.NoError(t, decode([]byte(valid["StartWorkflowExecution"]), true, request))
		request.WorkflowId = id
		_, err := s.ask(api.Names{}.API("default", "StartWorkflowExecution"), "", encoded(t, request))
		require.NoError(t, err)
		require.Equal(t, id, got)
	}
}

// No bytes make the decoders or the checks panic, and what passes them names a workflow.
func FuzzStart(f *testing.F) {
	f.Add([]byte(valid["StartWorkflowExecution"]))
	f.Add([]byte(`{"input":["a",1,{"x":[null]}],"memo":{"fields":{"a":{"data":"AA=="}}}}`))
	f.Add([]byte{0x12, 1, 'w'})
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, json := range []bool{false, true} {
			request := &startRequest{}
			if decode(body, json, request) != nil || checkStart(request) != nil {
				continue
			}
			require.NotEmpty(t, request.WorkflowId)
			require.NotEmpty(t, request.RequestId)
			_, err := encode(request, true)
			require.NoError(t, err)
		}
	})
}
