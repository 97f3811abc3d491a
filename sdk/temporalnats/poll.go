package temporalnats

import (
	"context"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
)

func (c *Conn) pollWorkflow(ctx context.Context, request proto.Message) (proto.Message, error) {
	r, ok := request.(*workflowservice.PollWorkflowTaskQueueRequest)
	if !ok {
		return nil, serviceerror.NewInternalf("%T is no poll", request)
	}
	key, err := keyOf(r.GetNamespace(), enumspb.TASK_QUEUE_TYPE_WORKFLOW, r.GetTaskQueue())
	if err != nil {
		return nil, err
	}
	reply, err := c.poll(ctx, key, r)
	if reply == nil {
		reply = &workflowservice.PollWorkflowTaskQueueResponse{}
	}
	return reply, err
}

func (c *Conn) pollActivity(ctx context.Context, request proto.Message) (proto.Message, error) {
	r, ok := request.(*workflowservice.PollActivityTaskQueueRequest)
	if !ok {
		return nil, serviceerror.NewInternalf("%T is no poll", request)
	}
	key, err := keyOf(r.GetNamespace(), enumspb.TASK_QUEUE_TYPE_ACTIVITY, r.GetTaskQueue())
	if err != nil {
		return nil, err
	}
	reply, err := c.poll(ctx, key, r)
	if reply == nil {
		reply = &workflowservice.PollActivityTaskQueueResponse{}
	}
	return reply, err
}

// keyOf is the desk where a poll of the queue waits.
func keyOf(namespace string, kind enumspb.TaskQueueType, queue *taskqueuepb.TaskQueue) (deskKey, error) {
	if err := api.CheckNamespace(namespace); err != nil {
		return deskKey{}, err
	}
	name := queue.GetName()
	if name == "" {
		return deskKey{}, serviceerror.NewInvalidArgument("TaskQueue is not set on request.")
	}
	if err := bounded("TaskQueue", name, queue.GetNormalName()); err != nil {
		return deskKey{}, err
	}
	if queue.GetKind() == enumspb.TASK_QUEUE_KIND_STICKY && kind == enumspb.TASK_QUEUE_TYPE_WORKFLOW {
		return deskKey{namespace: namespace, kind: kind, queue: queue.GetNormalName(), worker: name}, nil
	}
	return deskKey{namespace: namespace, kind: kind, queue: name}, nil
}

// bounded refuses ids and names that are too long.
func bounded(what string, values ...string) error {
	for _, value := range values {
		if len(value) > api.MaxID {
			return serviceerror.NewInvalidArgumentf("%s length exceeds limit: at most %d bytes are possible.", what, api.MaxID)
		}
	}
	return nil
}

// namesWorker is a poll's request, as far as it says who polls.
type namesWorker interface {
	GetIdentity() string
	GetWorkerInstanceKey() string
}

// nobody is who opens a queue on behalf of all that poll it.
var nobody namesWorker = (*workflowservice.PollWorkflowTaskQueueRequest)(nil)

// poll waits for a task; nil when none came in time, or the worker said goodbye.
func (c *Conn) poll(caller context.Context, key deskKey, worker namesWorker) (proto.Message, error) {
	identity := worker.GetIdentity()
	if err := bounded("Identity", identity); err != nil {
		return nil, err
	}
	if err := bounded("WorkerInstanceKey", worker.GetWorkerInstanceKey()); err != nil {
		return nil, err
	}
	d, err := c.enter(key)
	if err != nil {
		return nil, err
	}
	refused := false
	defer func() { c.exit(d, refused) }()
	ctx, cancel := context.WithTimeout(caller, c.config.LongPoll)
	defer cancel()
	defer context.AfterFunc(c.ctx, cancel)()
	if err := c.touch(ctx, d, worker); err != nil {
		if ctx.Err() != nil { // it says nothing of the queue
			return nil, caller.Err()
		}
		refused = true
		return nil, err
	}
	for {
		v, ok := d.next(ctx, worker.GetWorkerInstanceKey(), func() bool { return caller.Err() != nil || c.ctx.Err() != nil })
		if !ok {
			return nil, caller.Err()
		}
		if ctx.Err() != nil { // the caller has left, and nothing must be lost with it
			d.put(v, 0)
			return nil, caller.Err()
		}
		if reply, ok := v.open(ctx, identity); ok {
			return reply, nil
		}
	}
}

// touch tells the service that the worker polls, when it is time to.
func (c *Conn) touch(ctx context.Context, d *desk, worker namesWorker) error {
	if d.key.queue == "" {
		return nil // an old client's sticky queue
	}
	identity := worker.GetIdentity()
	due, known := d.touch(identity, time.Now())
	if !due {
		return nil
	}
	_, again, err := c.openQueue(ctx, d.key, worker, known || d.key.worker != "")
	switch {
	case err != nil:
		d.touched(identity, time.Time{})
	case again > 0:
		d.touched(identity, time.Now().Add(again))
	}
	return err
}
