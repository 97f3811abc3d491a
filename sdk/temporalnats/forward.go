package temporalnats

import (
	"context"

	"go.temporal.io/api/serviceerror"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/workerpb"
	"github.com/perdure/perdure/sdk/internal/call"
)

// What requests say of where they belong.
type (
	namesNamespace interface{ GetNamespace() string }
	namesToken     interface{ GetTaskToken() []byte }
)

// forward has the service answer, at the door that the method has.
func (c *Conn) forward(ctx context.Context, method string, request proto.Message) (proto.Message, error) {
	out := api.Call{Request: request}
	if r, ok := request.(namesNamespace); ok {
		out.Namespace = r.GetNamespace()
	}
	door, queue, err := c.doorOf(method, request)
	if err != nil {
		return nil, err
	}
	if door != api.AdminDoor {
		if err := api.CheckNamespace(out.Namespace); err != nil {
			return nil, err
		}
	}
	if door == api.WorkerDoor {
		out.QueueToken = api.Token(queue)
	}
	if waits(request) {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(c.ctx, cancel)()
	}
	return c.service.Call(ctx, door, method, out)
}

// waits tells a request that is answered when something happens.
func waits(request proto.Message) bool {
	r, ok := request.(interface{ GetWaitNewEvent() bool })
	return ok && r.GetWaitNewEvent()
}

// doorOf is where a method is called, and the queue at the workers' door: the outcome of a task goes there, unless
// it comes from a client that polls no such queue and may have no right to be there.
func (c *Conn) doorOf(method string, request proto.Message) (door api.Door, queue string, err error) {
	_, client := api.FindMethod(method, api.ClientDoor)
	_, worker := api.FindMethod(method, api.WorkerDoor)
	_, admin := api.FindMethod(method, api.AdminDoor)
	if r, ok := request.(namesToken); ok && worker {
		token := &workerpb.TaskToken{}
		if err := proto.Unmarshal(r.GetTaskToken(), token); err != nil || token.GetTask().GetTaskQueue() == "" {
			return 0, "", serviceerror.NewInvalidArgument("the task token is none that this service gave out")
		}
		queue = token.GetTask().GetTaskQueue()
	}
	switch {
	case worker && queue != "" && (!client || c.serves(request, queue)):
		return api.WorkerDoor, queue, nil
	case client:
		return api.ClientDoor, "", nil
	case admin:
		return api.AdminDoor, "", nil
	}
	return 0, "", api.NotImplemented(method)
}

// checkHealth answers grpc.health.v1: who can ask is connected, and other calls tell more.
func (c *Conn) checkHealth() (proto.Message, error) {
	status := grpc_health_v1.HealthCheckResponse_SERVING
	if !c.config.Conn.IsConnected() {
		status = grpc_health_v1.HealthCheckResponse_NOT_SERVING
	}
	return &grpc_health_v1.HealthCheckResponse{Status: status}, nil
}

// remote is the service at the other end of the NATS connection.
type remote struct{ caller *call.Caller }

// Call sends a request on and waits for its answer.
func (r remote) Call(ctx context.Context, door api.Door, name string, c api.Call) (proto.Message, error) {
	method, found := api.FindMethod(name, door)
	if !found {
		return nil, api.NotImplemented(name)
	}
	reply := method.NewReply()
	return reply, r.caller.In(c.Namespace).Call(ctx, door, c.QueueToken, name, c.Request, reply)
}
