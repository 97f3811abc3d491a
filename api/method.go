package api

import (
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api/payloadpb"
	"github.com/perdure/perdure/api/workerpb"
)

// Door is the family of subjects under which a method is called.
type Door int

// The doors: one bit each, since some methods stand at two.
const (
	ClientDoor Door = 1 << iota // perdure.api.<ns>.<Method>
	WorkerDoor                  // perdure.worker.<ns>.<queue>.<Method>
	AdminDoor                   // perdure.admin.<Method>
)

// Method is one call of the service.
type Method struct {
	Name  string
	Doors Door

	request, reply protoreflect.MessageType
}

// NewRequest is an empty request.
func (m Method) NewRequest() proto.Message { return m.request.New().Interface() }

// NewReply is an empty reply.
func (m Method) NewReply() proto.Message { return m.reply.New().Interface() }

// Names of the methods that only Perdure's workers call.
const (
	OpenTaskQueue     = "OpenTaskQueue"
	StartWorkflowTask = "StartWorkflowTask"
	StartActivityTask = "StartActivityTask"
)

// DescribePayloads is the name of the method that tells where large payloads are, for clients and workers.
const DescribePayloads = "DescribePayloads"

var methods = func() map[string]Method {
	all := map[string]Method{
		OpenTaskQueue:     own(OpenTaskQueue, &workerpb.OpenTaskQueueRequest{}, &workerpb.OpenTaskQueueResponse{}),
		StartWorkflowTask: own(StartWorkflowTask, &workerpb.StartTaskRequest{}, &workflowservice.PollWorkflowTaskQueueResponse{}),
		StartActivityTask: own(StartActivityTask, &workerpb.StartTaskRequest{}, &workflowservice.PollActivityTaskQueueResponse{}),
		DescribePayloads:  own(DescribePayloads, &payloadpb.DescribePayloadsRequest{}, &payloadpb.DescribePayloadsResponse{}).at(ClientDoor | WorkerDoor),
	}
	for name, doors := range map[string]Door{
		"StartWorkflowExecution":             ClientDoor,
		"SignalWorkflowExecution":            ClientDoor,
		"SignalWithStartWorkflowExecution":   ClientDoor,
		"QueryWorkflow":                      ClientDoor,
		"ResetWorkflowExecution":             ClientDoor,
		"UpdateWorkflowExecution":            ClientDoor,
		"PollWorkflowExecutionUpdate":        ClientDoor,
		"ExecuteMultiOperation":              ClientDoor,
		"RequestCancelWorkflowExecution":     ClientDoor,
		"TerminateWorkflowExecution":         ClientDoor,
		"DeleteWorkflowExecution":            ClientDoor,
		"DescribeWorkflowExecution":          ClientDoor,
		"GetWorkflowExecutionHistory":        ClientDoor | WorkerDoor,
		"GetWorkflowExecutionHistoryReverse": ClientDoor,
		"ResetStickyTaskQueue":               ClientDoor,
		"DescribeTaskQueue":                  ClientDoor,
		"ListTaskQueuePartitions":            ClientDoor,
		"ShutdownWorker":                     WorkerDoor,
		"PauseActivity":                      ClientDoor,
		"UnpauseActivity":                    ClientDoor,
		"ResetActivity":                      ClientDoor,
		"UpdateActivityOptions":              ClientDoor,
		"PauseWorkflowExecution":             ClientDoor,
		"UnpauseWorkflowExecution":           ClientDoor,
		"UpdateWorkflowExecutionOptions":     ClientDoor,
		"RespondActivityTaskCompletedById":   ClientDoor,
		"RespondActivityTaskFailedById":      ClientDoor,
		"RespondActivityTaskCanceledById":    ClientDoor,
		"RecordActivityTaskHeartbeatById":    ClientDoor,
		"RespondActivityTaskCompleted":       ClientDoor | WorkerDoor,
		"RespondActivityTaskFailed":          ClientDoor | WorkerDoor,
		"RespondActivityTaskCanceled":        ClientDoor | WorkerDoor,
		"RecordActivityTaskHeartbeat":        ClientDoor | WorkerDoor,
		"RespondWorkflowTaskCompleted":       WorkerDoor,
		"RespondWorkflowTaskFailed":          WorkerDoor,
		"ListWorkflowExecutions":             ClientDoor,
		"ScanWorkflowExecutions":             ClientDoor,
		"CountWorkflowExecutions":            ClientDoor,
		"ListOpenWorkflowExecutions":         ClientDoor,
		"ListClosedWorkflowExecutions":       ClientDoor,
		"RegisterNamespace":                  AdminDoor,
		"DescribeNamespace":                  AdminDoor,
		"ListNamespaces":                     AdminDoor,
		"GetSystemInfo":                      AdminDoor,
		"GetClusterInfo":                     AdminDoor,
		"UpdateNamespace":                    AdminDoor,
		"DeprecateNamespace":                 AdminDoor,
		"GetSearchAttributes":                AdminDoor,
	} {
		all[name] = temporal(workflowService, name, doors)
	}
	for _, name := range []string{"AddSearchAttributes", "ListSearchAttributes", "RemoveSearchAttributes", "DeleteNamespace"} {
		all[name] = temporal(operatorService, name, AdminDoor)
	}
	return all
}()

func own(name string, request, reply proto.Message) Method {
	return Method{name, WorkerDoor, request.ProtoReflect().Type(), reply.ProtoReflect().Type()}
}

// at is the method at other doors.
func (m Method) at(doors Door) Method {
	m.Doors = doors
	return m
}

// The packages of Temporal's two services.
const (
	workflowService = "temporal.api.workflowservice.v1."
	operatorService = "temporal.api.operatorservice.v1."
)

func temporal(service, name string, doors Door) Method {
	find := func(message string) protoreflect.MessageType {
		t, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(service + message))
		if err != nil {
			panic(fmt.Sprintf("api: method %s: %v", name, err)) // a typing error in the table above
		}
		return t
	}
	return Method{name, doors, find(name + "Request"), find(name + "Response")}
}

// FindMethod is the method of that name at that door.
func FindMethod(name string, door Door) (Method, bool) {
	m, found := methods[name]
	return m, found && m.Doors&door != 0
}

// Unserved are the names of the methods of Temporal's that stand at no door, in its order, by the door where they are
// refused: WorkflowService's at the clients', OperatorService's at the administrators'.
func Unserved(door Door) []string {
	var service protoreflect.ServiceDescriptor
	switch door {
	case ClientDoor:
		service = workflowservice.File_temporal_api_workflowservice_v1_service_proto.Services().ByName("WorkflowService")
	case AdminDoor:
		service = operatorservice.File_temporal_api_operatorservice_v1_service_proto.Services().ByName("OperatorService")
	default:
		return nil
	}
	var names []string
	for i := range service.Methods().Len() {
		name := string(service.Methods().Get(i).Name())
		if _, served := methods[name]; !served {
			names = append(names, name)
		}
	}
	return names
}

// Methods are the methods of a door, in no order.
func Methods(door Door) []Method {
	var found []Method
	for _, m := range methods {
		if m.Doors&door != 0 {
			found = append(found, m)
		}
	}
	return found
}
