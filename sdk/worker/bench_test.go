package worker

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/workerpb"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/internal/attempt"
)

// BenchmarkWorkflow starts workflows of one activity and waits for their results, so many at a time.
// The test's service, the NATS server and the client run in the same process and are part of the cost.
func BenchmarkWorkflow(b *testing.B) {
	for _, concurrency := range []int{1, 64} {
		for _, eager := range []bool{false, true} {
			b.Run(fmt.Sprintf("at-once=%d/eager=%t", concurrency, eager), func(b *testing.B) {
				f := newFixture(b)
				f.service.SetEager(eager)
				f.worker(b, Options{}, checkout.Implement(chargeItems), charge.Implement(chargeOne))
				ctx := context.Background()
				limit := make(chan struct{}, concurrency)
				failed := atomic.Pointer[error]{}
				b.ReportAllocs()
				for b.Loop() {
					limit <- struct{}{}
					go func() {
						defer func() { <-limit }()
						run, err := client.Start(ctx, f.client, checkout, order{ID: "o", Items: 1}, client.StartOptions{TaskQueue: queue})
						if err == nil {
							_, err = run.Result(ctx)
						}
						if err != nil {
							failed.Store(&err)
						}
					}()
				}
				for range concurrency {
					limit <- struct{}{}
				}
				require.Nil(b, failed.Load())
			})
		}
	}
}

// BenchmarkActivityTask measures one queued activity task: pulled, started, run, acknowledged and
// reported, with 100 in the queue at a time.
func BenchmarkActivityTask(b *testing.B) {
	f := newFixture(b)
	f.service.On(api.StartActivityTask, func(proto.Message) (proto.Message, error) {
		return &workflowservice.PollActivityTaskQueueResponse{
			TaskToken: []byte(uuid.NewString()), ActivityType: &commonpb.ActivityType{Name: charge.Name()}, Attempt: 1,
		}, nil
	})
	queued := make(chan struct{}, 100)
	f.service.On("RespondActivityTaskCompleted", func(proto.Message) (proto.Message, error) {
		<-queued
		return &workflowservice.RespondActivityTaskCompletedResponse{}, nil
	})
	f.worker(b, Options{}, charge.Implement(chargeOne))
	b.ReportAllocs()
	for b.Loop() {
		queued <- struct{}{}
		require.NoError(b, f.service.Enqueue(&workerpb.Task{WorkflowId: "w", Type: enumspb.TASK_QUEUE_TYPE_ACTIVITY, TaskQueue: queue}))
	}
	for range cap(queued) {
		queued <- struct{}{}
	}
}

// BenchmarkRunActivity is the worker's own part of an activity, without a message.
func BenchmarkRunActivity(b *testing.B) {
	f := newFixture(b)
	w := f.worker(b, Options{}, charge.Implement(chargeOne))
	env := &attempt.Env{Info: attempt.Info{ActivityType: charge.Name()}, DataConverter: w.dc}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.execute(context.Background(), env, nil); err != nil {
			b.Fatal(err)
		}
	}
}
