package temporalnats

import (
	"context"
	"errors"
	"slices"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
)

// shutdownWorker takes a worker's goodbye: its polls here end, with nothing in their replies, so that no task is handed to one
// whose worker listens no more; what is sent to its sticky queue is refused from now on, and so goes to any worker at
// once; and the service lists it no more.
func (c *Conn) shutdownWorker(ctx context.Context, request proto.Message) (proto.Message, error) {
	r, ok := request.(*workflowservice.ShutdownWorkerRequest)
	if !ok {
		return nil, serviceerror.NewInternalf("%T is no goodbye", request)
	}
	if err := api.CheckNamespace(r.GetNamespace()); err != nil {
		return nil, err
	}
	if err := bounded("WorkerInstanceKey", r.GetWorkerInstanceKey()); err != nil {
		return nil, err
	}
	if r.GetWorkerInstanceKey() != "" {
		for _, d := range c.desksOf(r.GetNamespace()) {
			d.end(r.GetWorkerInstanceKey(), r.GetIdentity())
		}
	}
	queue := r.GetTaskQueue()
	for _, d := range c.stickyDesks(r.GetNamespace(), r.GetStickyTaskQueue()) {
		d.refuseHeld()
		if queue == "" {
			queue = d.key.queue
		}
	}
	if queue == "" {
		return &workflowservice.ShutdownWorkerResponse{}, nil // it has polled nothing here
	}
	r.TaskQueue = queue // which older clients do not say
	reply, err := c.service.Call(ctx, api.WorkerDoor, "ShutdownWorker", api.Call{Namespace: r.GetNamespace(), QueueToken: api.Token(queue), Request: r})
	var unserved *serviceerror.Unimplemented
	if errors.As(err, &unserved) { // an older server: there is nothing to tell it
		return &workflowservice.ShutdownWorkerResponse{}, nil
	}
	return reply, err
}

// desksOf are those of a namespace.
func (c *Conn) desksOf(namespace string) []*desk {
	c.mu.Lock()
	defer c.mu.Unlock()
	var found []*desk
	for key, d := range c.desks {
		if key.namespace == namespace {
			found = append(found, d)
		}
	}
	return found
}

// stickyDesks are those of a worker's sticky queue.
func (c *Conn) stickyDesks(namespace, worker string) []*desk {
	return slices.DeleteFunc(c.desksOf(namespace), func(d *desk) bool {
		return worker == "" || d.key.worker != worker || d.key.kind != enumspb.TASK_QUEUE_TYPE_WORKFLOW
	})
}
