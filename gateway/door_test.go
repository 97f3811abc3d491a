package gateway

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/temporalproto"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/perdure/perdure/api"
)

const (
	run   = "0198f2c4-5b5e-7f00-8000-000000000001"
	queue = "my queue.*>"
)

// valid is a request of each method that passes its checks, as JSON.
var valid = map[string]string{
	"StartWorkflowExecution":             `{"workflowId":"w","workflowType":{"name":"T"},"taskQueue":{"name":"q"},"requestId":"r"}`,
	"SignalWorkflowExecution":            `{"workflowExecution":{"workflowId":"w"},"signalName":"s"}`,
	"SignalWithStartWorkflowExecution":   `{"workflowId":"w","workflowType":{"name":"T"},"taskQueue":{"name":"q"},"requestId":"r","signalName":"s"}`,
	"ResetWorkflowExecution":             `{"workflowExecution":{"workflowId":"w"},"requestId":"r","workflowTaskFinishEventId":"4"}`,
	"UpdateWorkflowExecution":            `{"workflowExecution":{"workflowId":"w"},"request":{"meta":{"updateId":"u"},"input":{"name":"n"}},"waitPolicy":{"lifecycleStage":3}}`,
	"PollWorkflowExecutionUpdate":        `{"updateRef":{"workflowExecution":{"workflowId":"w"},"updateId":"u"}}`,
	"ExecuteMultiOperation":              `{"operations":[{"startWorkflow":{"workflowId":"w","workflowType":{"name":"t"},"taskQueue":{"name":"q"},"requestId":"r"}},{"updateWorkflow":{"workflowExecution":{"workflowId":"w"},"request":{"meta":{"updateId":"u"},"input":{"name":"n"}},"waitPolicy":{"lifecycleStage":2}}}]}`,
	"QueryWorkflow":                      `{"execution":{"workflowId":"w"},"query":{"queryType":"t"}}`,
	"RequestCancelWorkflowExecution":     `{"workflowExecution":{"workflowId":"w"}}`,
	"TerminateWorkflowExecution":         `{"workflowExecution":{"workflowId":"w"}}`,
	"DeleteWorkflowExecution":            `{"workflowExecution":{"workflowId":"w"}}`,
	"DescribeWorkflowExecution":          `{"execution":{"workflowId":"w"}}`,
	"GetWorkflowExecutionHistory":        `{"execution":{"workflowId":"w","runId":"` + run + `"}}`,
	"GetWorkflowExecutionHistoryReverse": `{"execution":{"workflowId":"w"}}`,
	"ResetStickyTaskQueue":               `{"execution":{"workflowId":"w"}}`,
	"DescribeTaskQueue":                  `{"taskQueue":{"name":"q"},"taskQueueType":"TASK_QUEUE_TYPE_ACTIVITY"}`,
	"ListTaskQueuePartitions":            `{"taskQueue":{"name":"q"}}`,
	"ShutdownWorker":                     `{"taskQueue":"my queue.*>","taskQueueTypes":["TASK_QUEUE_TYPE_WORKFLOW","TASK_QUEUE_TYPE_NEXUS"]}`,
	"PauseActivity":                      `{"execution":{"workflowId":"w"},"id":"a","reason":"r"}`,
	"UnpauseActivity":                    `{"execution":{"workflowId":"w"},"type":"T","jitter":"1s"}`,
	"ResetActivity":                      `{"execution":{"workflowId":"w"},"matchAll":true}`,
	"UpdateActivityOptions":              `{"execution":{"workflowId":"w"},"id":"a","activityOptions":{"startToCloseTimeout":"1s"},"updateMask":"startToCloseTimeout"}`,
	"PauseWorkflowExecution":             `{"workflowId":"w","reason":"r"}`,
	"UnpauseWorkflowExecution":           `{"workflowId":"w","runId":"` + run + `"}`,
	"UpdateWorkflowExecutionOptions":     `{"workflowExecution":{"workflowId":"w"},"workflowExecutionOptions":{"priority":{"priorityKey":1}},"updateMask":"priority.priorityKey"}`,
	"RespondActivityTaskCompletedById":   `{"workflowId":"w","activityId":"a"}`,
	"RespondActivityTaskFailedById":      `{"workflowId":"w","activityId":"a"}`,
	"RespondActivityTaskCanceledById":    `{"workflowId":"w","activityId":"a"}`,
	"RecordActivityTaskHeartbeatById":    `{"workflowId":"w","activityId":"a"}`,
	"RespondActivityTaskCompleted":       `{"taskToken":"AAAA"}`,
	"RespondActivityTaskFailed":          `{"taskToken":"AAAA"}`,
	"RespondActivityTaskCanceled":        `{"taskToken":"AAAA"}`,
	"RecordActivityTaskHeartbeat":        `{"taskToken":"AAAA"}`,
	"RespondWorkflowTaskCompleted":       `{"taskToken":"AAAA"}`,
	"RespondWorkflowTaskFailed":          `{"taskToken":"AAAA"}`,
	"ListWorkflowExecutions":             `{"query":"WorkflowType = 'T'","pageSize":10}`,
	"ScanWorkflowExecutions":             `{"query":"WorkflowType = 'T'","pageSize":10}`,
	"CountWorkflowExecutions":            `{"query":"GROUP BY ExecutionStatus"}`,
	"ListOpenWorkflowExecutions":         `{"typeFilter":{"name":"T"},"startTimeFilter":{"earliestTime":"2026-01-01T00:00:00Z"}}`,
	"ListClosedWorkflowExecutions":       `{"statusFilter":{"status":"WORKFLOW_EXECUTION_STATUS_FAILED"}}`,
	"RegisterNamespace":                  `{"namespace":"default"}`,
	"DescribeNamespace":                  `{"namespace":"default"}`,
	"ListNamespaces":                     `{}`,
	"GetSystemInfo":                      `{}`,
	"GetClusterInfo":                     `{}`,
	"UpdateNamespace":                    `{"namespace":"default","updateInfo":{"description":"d"}}`,
	"DeprecateNamespace":                 `{"namespace":"default"}`,
	"GetSearchAttributes":                `{}`,
	"AddSearchAttributes":                `{"namespace":"default","searchAttributes":{"Customer":"INDEXED_VALUE_TYPE_KEYWORD"}}`,
	"ListSearchAttributes":               `{"namespace":"default"}`,
	"RemoveSearchAttributes":             `{"namespace":"default","searchAttributes":["Customer"]}`,
	"DeleteNamespace":                    `{"namespace":"default"}`,
	api.OpenTaskQueue:                    `{"taskQueue":"my queue.*>","type":"TASK_QUEUE_TYPE_WORKFLOW"}`,
	api.StartWorkflowTask:                `{"task":{"workflowId":"w","runId":"` + run + `","taskQueue":"my queue.*>"},"requestId":"r"}`,
	api.DescribePayloads:                 `{}`,
	api.StartActivityTask:                `{"task":{"workflowId":"w","runId":"` + run + `","taskQueue":"my queue.*>"},"requestId":"r"}`,
}

// subjectOf is where a method is called in these tests.
func subjectOf(door api.Door, method string) string {
	switch door {
	case api.WorkerDoor:
		return api.Names{}.Worker("default", queue, method)
	case api.AdminDoor:
		return api.Names{}.Admin(method)
	default:
		return api.Names{}.API("default", method)
	}
}

func TestEveryMethodAtEveryDoor(t *testing.T) {
	s := start(t)
	var got api.Call
	s.backend.execute = func(_ context.Context, call api.Call) (proto.Message, error) {
		got = call
		return replyTo(call.Request), nil
	}
	for _, door := range doors {
		for _, method := range api.Methods(door.door) {
			t.Run(door.service+"/"+method.Name, func(t *testing.T) {
				body, found := valid[method.Name]
				require.True(t, found)
				request := method.NewRequest()
				require.NoError(t, temporalproto.CustomJSONUnmarshalOptions{}.Unmarshal([]byte(body), request))
				subject := subjectOf(door.door, method.Name)
				for _, form := range []struct{ kind, body, reply string }{
					{"", body, api.ContentJSON},
					{api.ContentJSON, body, api.ContentJSON},
					{"Application/JSON; charset=utf-8", " " + body, api.ContentJSON},
					{"", encoded(t, request), api.ContentProtobuf},
					{api.ContentProtobuf, encoded(t, request), api.ContentProtobuf},
				} {
					got = api.Call{}
					reply, err := s.ask(subject, form.kind, form.body)
					require.NoError(t, err)
					require.Equal(t, form.reply, reply.Header.Get(api.HeaderContentType))
					into := method.NewReply()
					if form.reply == api.ContentJSON {
						require.NoError(t, temporalproto.CustomJSONUnmarshalOptions{}.Unmarshal(reply.Data, into))
					} else {
						require.NoError(t, proto.Unmarshal(reply.Data, into))
					}
					if got.Request == nil {
						continue // served by another than history
					}
					require.Equal(t, "default", got.Namespace)
					if door.door == api.WorkerDoor {
						require.Equal(t, api.Token(queue), got.QueueToken)
					} else {
						require.Empty(t, got.QueueToken)
					}
					want := proto.Clone(request)
					if field := want.ProtoReflect().Descriptor().Fields().ByName("namespace"); field != nil {
						want.ProtoReflect().Set(field, protoreflect.ValueOfString("default"))
					}
					require.True(t, proto.Equal(want, got.Request), "%v\n%v", want, got.Request)
				}
			})
		}
	}
}

func TestAnUnknownMethodHasNoResponder(t *testing.T) {
	s := start(t)
	for _, subject := range []string{"perdure.api.default.Unknown", "perdure.admin.Unknown", "perdure.api.default.RespondWorkflowTaskCompleted"} {
		_, err := s.conn.RequestWithContext(within(t), subject, []byte("{}"))
		require.ErrorIs(t, err, nats.ErrNoResponders)
	}
}

func TestAnEmptyBodyIsAnEmptyRequest(t *testing.T) {
	s := start(t)
	reply, err := s.ask(api.Names{}.Admin("GetSystemInfo"), "", "")
	require.NoError(t, err)
	info := &workflowservice.GetSystemInfoResponse{}
	require.NoError(t, proto.Unmarshal(reply.Data, info))
	require.Equal(t, "1.32.0", info.ServerVersion)
	require.True(t, info.Capabilities.EncodedFailureAttributes)
	require.False(t, info.Capabilities.SupportsSchedules)
}

func TestMicroServices(t *testing.T) {
	s := start(t)
	_, err := s.ask(api.Names{}.API("default", "DescribeWorkflowExecution"), "", valid["DescribeWorkflowExecution"])
	require.NoError(t, err)
	_, err = s.ask(api.Names{}.API("default", "DescribeWorkflowExecution"), "", `{}`)
	require.Error(t, err)

	// All three services answer the general ping.
	inbox := s.conn.NewInbox()
	sub, err := s.conn.SubscribeSync(inbox)
	require.NoError(t, err)
	require.NoError(t, s.conn.PublishRequest("$SRV.PING", inbox, nil))
	names := map[string]bool{}
	for range doors {
		m, err := sub.NextMsgWithContext(within(t))
		require.NoError(t, err)
		var ping micro.Ping
		require.NoError(t, json.Unmarshal(m.Data, &ping))
		require.Equal(t, micro.PingResponseType, ping.Type)
		names[ping.Name] = true
	}
	require.Equal(t, map[string]bool{"perdure-api": true, "perdure-worker": true, "perdure-admin": true}, names)

	for _, door := range doors {
		reply, err := s.ask("$SRV.INFO."+door.service, "", "")
		require.NoError(t, err)
		var info micro.Info
		require.NoError(t, json.Unmarshal(reply.Data, &info))
		require.Len(t, info.Endpoints, len(api.Methods(door.door)))
		require.Equal(t, "1.2.3", info.Version)
		_, err = s.ask("$SRV.PING."+door.service+"."+info.ID, "", "")
		require.NoError(t, err)
	}

	reply, err := s.ask("$SRV.STATS.perdure-api", "", "")
	require.NoError(t, err)
	var stats micro.Stats
	require.NoError(t, json.Unmarshal(reply.Data, &stats))
	for _, e := range stats.Endpoints {
		if e.Name != "DescribeWorkflowExecution" {
			require.Zero(t, e.NumRequests)
			continue
		}
		require.Equal(t, 2, e.NumRequests)
		require.Equal(t, 1, e.NumErrors)
		require.Equal(t, "INVALID_ARGUMENT", e.LastError)
		require.Equal(t, "perdure.api.*.DescribeWorkflowExecution", e.Subject)
	}
}

// What codec.go takes for granted about the messages.
func TestNoMessageHasAFieldThatTheCodecUses(t *testing.T) {
	for _, door := range doors {
		for _, m := range api.Methods(door.door) {
			fields := m.NewRequest().ProtoReflect().Descriptor().Fields()
			for i := range fields.Len() {
				require.NotEqual(t, protoreflect.GroupKind, fields.Get(i).Kind())
			}
			if proto.Size(m.NewReply()) > 0 {
				continue
			}
			reply := m.NewReply()
			require.NoError(t, proto.Unmarshal(emptyReply, reply))
			if field := reply.ProtoReflect().Descriptor().Fields().ByNumber(15); field != nil {
				// A varint of 0 is the field's default: still the empty message.
				require.Contains(t, []protoreflect.Kind{protoreflect.BoolKind, protoreflect.EnumKind, protoreflect.Int32Kind, protoreflect.Int64Kind, protoreflect.MessageKind, protoreflect.StringKind}, field.Kind())
			}
			reply.ProtoReflect().SetUnknown(nil)
			require.True(t, proto.Equal(m.NewReply(), reply), m.Name)
		}
	}
}
