package worker

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/workerpb"
)

func chargeNothing(context.Context, order) (string, error) { return "", nil }

// A worker tells the service that it polls as often as it was asked to, and says goodbye when it is stopped.
func TestAWorkerSaysThatItPolls(t *testing.T) {
	f := newFixture(t)
	var serve func(proto.Message) (proto.Message, error)
	serve = f.service.On(api.OpenTaskQueue, func(request proto.Message) (proto.Message, error) {
		reply, err := serve(request)
		if err == nil {
			reply.(*workerpb.OpenTaskQueueResponse).OpenAgain = durationpb.New(time.Nanosecond)
		}
		return reply, err
	})
	opened, left := f.service.Calls(api.OpenTaskQueue), f.service.Calls("ShutdownWorker")
	w := f.worker(t, Options{}, checkout.Implement(chargeItems), charge.Implement(chargeNothing))
	said := map[enumspb.TaskQueueType]int{}
	for said[enumspb.TASK_QUEUE_TYPE_WORKFLOW] < 2 || said[enumspb.TASK_QUEUE_TYPE_ACTIVITY] < 2 {
		r := receive(t, opened).(*workerpb.OpenTaskQueueRequest)
		require.Equal(t, []string{"tester", queue}, []string{r.Identity, r.TaskQueue})
		require.Equal(t, r.Type == enumspb.TASK_QUEUE_TYPE_WORKFLOW, r.StickyTaskQueue == w.id)
		if r.Polling {
			said[r.Type]++
		}
	}
	require.Empty(t, left)
	require.NoError(t, w.Stop())
	want := &workflowservice.ShutdownWorkerRequest{
		Namespace: "default", TaskQueue: queue, Identity: "tester", Reason: "the worker was stopped", StickyTaskQueue: w.id, WorkerInstanceKey: w.id,
		TaskQueueTypes: []enumspb.TaskQueueType{enumspb.TASK_QUEUE_TYPE_WORKFLOW, enumspb.TASK_QUEUE_TYPE_ACTIVITY},
	}
	require.True(t, proto.Equal(want, receive(t, left)))
}

// A service that asks for nothing is told nothing, and one that does not take a goodbye does not keep a worker from stopping.
func TestAServiceThatWantsNoWord(t *testing.T) {
	f := newFixture(t)
	w := f.worker(t, Options{}, charge.Implement(chargeNothing))
	require.Equal(t, noOpenAgain, w.untilOpenAgain())
	w.openAgain.Store(int64(time.Minute))
	require.Greater(t, w.untilOpenAgain(), time.Minute*3/4)
	require.LessOrEqual(t, w.untilOpenAgain(), time.Minute)

	left := f.service.Calls("ShutdownWorker")
	f.service.On("ShutdownWorker", func(proto.Message) (proto.Message, error) { return nil, nil }) // never answers
	require.NoError(t, w.Stop())
	require.Empty(t, receive(t, left).(*workflowservice.ShutdownWorkerRequest).StickyTaskQueue, "it has none")
}
