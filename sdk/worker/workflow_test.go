package worker

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	querypb "go.temporal.io/api/query/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/workerpb"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/workflow"
)

// gather takes so many approvals and tells those it has when it is asked.
func gather(ctx workflow.Context, in order) (receipt, error) {
	var got []string
	status.Handle(ctx, func(q string) (string, error) {
		if q == "refuse" {
			return "", errors.New("refused")
		}
		return q + strings.Join(got, ","), nil
	})
	approvals := approve.Channel(ctx)
	for range in.Items {
		value, _ := approvals.Receive(ctx)
		got = append(got, value)
	}
	return receipt{Text: strings.Join(got, ",")}, nil
}

func TestSignalsAndQueries(t *testing.T) {
	f := newFixture(t)
	f.worker(t, Options{}, checkout.Implement(gather))
	run := f.start(t, "o", 3)
	ask := func() string {
		out, err := client.Query(within(t), f.client, "o", "", status, "got ")
		require.NoError(t, err)
		return out
	}
	for i := range 2 {
		require.NoError(t, client.Signal(within(t), f.client, "o", run.RunID(), approve, fmt.Sprint(i)))
	}
	require.Eventually(t, func() bool {
		out, err := client.Query(within(t), f.client, "o", "", status, "got ")
		return err == nil && out == "got 0,1"
	}, 10*time.Second, time.Millisecond)

	f.service.Forget("o") // no worker is known to have it: any answers
	require.Equal(t, "got 0,1", ask())
	_, err := client.Query(within(t), f.client, "o", "", status, "refuse")
	var refused *serviceerror.QueryFailed
	require.ErrorAs(t, err, &refused)
	_, err = client.Query(within(t), f.client, "o", "", workflow.DeclareQuery[string, string]("unknown"), "")
	require.ErrorContains(t, err, "unknown queryType unknown")

	require.NoError(t, client.Signal(within(t), f.client, "o", "", approve, "2"))
	out, err := run.Result(within(t))
	require.NoError(t, err)
	require.Equal(t, "0,1,2", out.Text)
	require.Equal(t, "got 0,1,2", ask(), "a closed run is replayed")
}

// A query that a later task of the run has overtaken is answered by what is newer; nothing is replayed for it.
func TestAQueryThatALaterTaskHasOvertaken(t *testing.T) {
	f := newFixture(t)
	var begun atomic.Int32
	w := f.worker(t, Options{}, checkout.Implement(func(ctx workflow.Context, in order) (receipt, error) {
		begun.Add(1)
		return gather(ctx, in)
	}))
	id := f.start(t, "o", 2).RunID()
	require.NoError(t, client.Signal(within(t), f.client, "o", "", approve, "a"))
	require.Eventually(t, func() bool {
		out, err := client.Query(within(t), f.client, "o", "", status, "")
		return err == nil && out == "a"
	}, 10*time.Second, time.Millisecond)
	before := begun.Load()

	arguments, err := w.dc.ToPayload("late ")
	require.NoError(t, err)
	run := w.cache.enter(id)
	defer w.cache.leave(run)
	const firstStarted = 3
	require.True(t, run.acquire(within(t)))
	require.Greater(t, run.started, int64(firstStarted))
	run.release()
	result, err := w.query(within(t), &workflowservice.PollWorkflowTaskQueueResponse{
		WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: "o", RunId: id}, PreviousStartedEventId: firstStarted,
		Query: &querypb.WorkflowQuery{QueryType: "status", QueryArgs: &commonpb.Payloads{Payloads: []*commonpb.Payload{arguments}}},
	}, run)
	require.NoError(t, err)
	var out string
	require.NoError(t, w.dc.FromPayload(result.GetAnswer().GetPayloads()[0], &out))
	require.Equal(t, "late a", out)
	require.Equal(t, before, begun.Load())
}

func TestAQueryIsAnsweredByAWorkerThatNeverSawTheRun(t *testing.T) {
	f := newFixture(t)
	f.service.SetPageSize(3)
	first := f.worker(t, Options{}, checkout.Implement(gather))
	f.start(t, "o", 2)
	require.NoError(t, client.Signal(within(t), f.client, "o", "", approve, "a"))
	require.Eventually(t, func() bool {
		out, err := client.Query(within(t), f.client, "o", "", status, "")
		return err == nil && out == "a"
	}, 10*time.Second, time.Millisecond)
	require.NoError(t, first.Stop())

	f.worker(t, Options{}, checkout.Implement(gather))
	out, err := client.Query(within(t), f.client, "o", "", status, "")
	require.NoError(t, err)
	require.Equal(t, "a", out)
	// The run that was cached for the query goes on with the next task.
	require.NoError(t, client.Signal(within(t), f.client, "o", "", approve, "b"))
	result, err := client.GetRun[receipt](f.client, "o", "").Result(within(t))
	require.NoError(t, err)
	require.Equal(t, "a,b", result.Text)
}

func TestManySignalsWhileTasksRun(t *testing.T) {
	for _, cached := range []int{5, -1} { // without a cache a task that is sent along is joined to the history
		t.Run(fmt.Sprint("cached=", cached), func(t *testing.T) { manySignals(t, cached) })
	}
}

func manySignals(t *testing.T, cached int) {
	f := newFixture(t)
	f.worker(t, Options{StickyCacheSize: cached, MaxConcurrentWorkflowTasks: 3}, checkout.Implement(gather))
	const runs, signals = 20, 20
	for i := range runs {
		f.start(t, fmt.Sprint(i), signals)
	}
	done := make(chan error, runs)
	for i := range runs {
		go func() {
			for n := range signals {
				if err := client.Signal(within(t), f.client, fmt.Sprint(i), "", approve, fmt.Sprint(n)); err != nil {
					done <- err
					return
				}
			}
			_, err := client.GetRun[receipt](f.client, fmt.Sprint(i), "").Result(within(t))
			done <- err
		}()
	}
	for range runs {
		require.NoError(t, receive(t, done))
	}
	require.Zero(t, f.service.Count("RespondWorkflowTaskFailed"))
}

func TestAPanicFailsTheTaskAndTheNextSucceeds(t *testing.T) {
	f := newFixture(t)
	var tries atomic.Int32
	f.worker(t, Options{}, checkout.Implement(func(ctx workflow.Context, in order) (receipt, error) {
		if tries.Add(1) == 1 {
			panic("first time")
		}
		return receipt{Text: "fixed"}, nil
	}))
	failures := f.service.Calls("RespondWorkflowTaskFailed")
	out, err := f.start(t, "o", 0).Result(within(t))
	require.NoError(t, err)
	require.Equal(t, "fixed", out.Text)
	failed := receive(t, failures).(*workflowservice.RespondWorkflowTaskFailedRequest)
	require.Equal(t, "first time", failed.GetFailure().GetMessage())
	require.Equal(t, enumspb.WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE, failed.GetCause())
}

func TestAnUnknownWorkflowType(t *testing.T) {
	f := newFixture(t)
	f.worker(t, Options{}, workflow.Declare[order, receipt]("Alone").Implement(gather))
	failures := f.service.Calls("RespondWorkflowTaskFailed")
	f.service.On("RespondWorkflowTaskFailed", func(proto.Message) (proto.Message, error) {
		return &workflowservice.RespondWorkflowTaskFailedResponse{}, nil
	})
	f.start(t, "o", 1)
	failed := receive(t, failures).(*workflowservice.RespondWorkflowTaskFailedRequest)
	require.Contains(t, failed.GetFailure().GetMessage(), "unable to find workflow type: Checkout. Supported types: [Alone]")
}

func TestACompletionThatIsTooLarge(t *testing.T) {
	f := newFixture(t, smallPayload)
	f.worker(t, Options{}, checkout.Implement(func(workflow.Context, order) (receipt, error) {
		return receipt{Text: strings.Repeat("x", 100<<10)}, nil
	}))
	failures := f.service.Calls("RespondWorkflowTaskFailed")
	f.service.On("RespondWorkflowTaskFailed", func(proto.Message) (proto.Message, error) {
		return &workflowservice.RespondWorkflowTaskFailedResponse{}, nil
	})
	f.start(t, "o", 1)
	failed := receive(t, failures).(*workflowservice.RespondWorkflowTaskFailedRequest)
	require.Equal(t, enumspb.WORKFLOW_TASK_FAILED_CAUSE_GRPC_MESSAGE_TOO_LARGE, failed.GetCause())
	require.Contains(t, failed.GetFailure().GetMessage(), "max_payload")
}

func TestAnUnavailableServiceIsAskedAgainWithTheSameRequest(t *testing.T) {
	f := newFixture(t)
	for _, method := range []string{api.StartWorkflowTask, "RespondWorkflowTaskCompleted", api.StartActivityTask, "RespondActivityTaskCompleted"} {
		var handler func(proto.Message) (proto.Message, error)
		var tries atomic.Int32
		original := f.service.On(method, func(r proto.Message) (proto.Message, error) {
			if tries.Add(1)%2 == 1 {
				return nil, serviceerror.NewUnavailable("not now")
			}
			return handler(r)
		})
		handler = original
	}
	starts := f.service.Calls(api.StartWorkflowTask)
	f.worker(t, Options{}, checkout.Implement(chargeItems), charge.Implement(chargeOne))
	_, err := f.start(t, "o", 2).Result(within(t))
	require.NoError(t, err)
	first := receive(t, starts).(*workerpb.StartTaskRequest)
	again := receive(t, starts).(*workerpb.StartTaskRequest)
	require.NotEmpty(t, first.GetRequestId())
	require.Equal(t, first.GetRequestId(), again.GetRequestId())
}

func TestStaleAndUnreadableTasksLeaveTheQueue(t *testing.T) {
	f := newFixture(t)
	f.worker(t, Options{}, checkout.Implement(gather))
	require.NoError(t, f.service.Enqueue(&workerpb.Task{WorkflowId: "none", TaskQueue: queue}))
	require.NoError(t, f.service.EnqueueRaw(enumspb.TASK_QUEUE_TYPE_WORKFLOW, queue, []byte("\xff")))
	require.NoError(t, f.service.EnqueueRaw(enumspb.TASK_QUEUE_TYPE_WORKFLOW, queue, nil))
	require.Eventually(t, func() bool {
		left, err := f.service.Queued()
		return err == nil && left == 0 && f.service.Count(api.StartWorkflowTask) == 2
	}, 10*time.Second, time.Millisecond)
}

func TestATaskThatCannotBeStartedIsDeliveredAgain(t *testing.T) {
	f := newFixture(t)
	original := f.service.On(api.StartWorkflowTask, func(proto.Message) (proto.Message, error) {
		return nil, serviceerror.NewInternal("broken")
	})
	starts := f.service.Calls(api.StartWorkflowTask)
	f.worker(t, Options{}, checkout.Implement(gather))
	run := f.start(t, "o", 0)
	first := receive(t, starts).(*workerpb.StartTaskRequest)
	f.service.On(api.StartWorkflowTask, original)
	_, err := run.Result(within(t))
	require.NoError(t, err)
	require.NotEqual(t, first.GetRequestId(), receive(t, starts).(*workerpb.StartTaskRequest).GetRequestId(), "another delivery")
}

func TestTheQueueIsLostAndTheServerRestarts(t *testing.T) {
	f := newFixture(t)
	f.worker(t, Options{}, checkout.Implement(chargeItems), charge.Implement(chargeOne))
	_, err := f.start(t, "before", 2).Result(within(t))
	require.NoError(t, err)
	opened := f.service.Calls(api.OpenTaskQueue)
	require.NoError(t, f.service.LoseQueue())
	receive(t, opened)
	receive(t, opened)
	_, err = f.start(t, "between", 2).Result(within(t))
	require.NoError(t, err)

	f.server.Stop()
	f.server.Restart(t)
	receive(t, opened)
	receive(t, opened)
	_, err = f.start(t, "after", 2).Result(within(t))
	require.NoError(t, err)
}

func TestTheWorkerIsListed(t *testing.T) {
	f := newFixture(t)
	w := f.worker(t, Options{}, checkout.Implement(gather), charge.Implement(chargeOne))
	info := func() (*micro.Info, error) {
		reply, err := f.client.Conn().Request("$SRV.INFO."+serviceName, nil, time.Second)
		if err != nil {
			return nil, err
		}
		info := &micro.Info{}
		return info, json.Unmarshal(reply.Data, info)
	}
	found, err := info()
	require.NoError(t, err)
	require.Equal(t, map[string]string{"namespace": "default", "task_queue": queue, "identity": "tester", "worker": w.id,
		"workflows": "Checkout", "activities": "Charge"}, withoutOwn(found.Metadata))
	require.NoError(t, w.Stop())
	_, err = info()
	require.ErrorIs(t, err, nats.ErrNoResponders)
}

func withoutOwn(metadata map[string]string) map[string]string {
	for key := range metadata {
		if strings.HasPrefix(key, "_") {
			delete(metadata, key)
		}
	}
	return metadata
}

func TestARequestWithoutAnInboxGetsNoAnswer(t *testing.T) {
	f := newFixture(t)
	w := f.worker(t, Options{}, checkout.Implement(gather))
	conn := f.client.Conn()
	answers, err := conn.SubscribeSync("$JS.API.STREAM.DELETE.>")
	require.NoError(t, err)
	for _, subject := range []string{w.names.Sticky("default", queue, w.id), w.names.Query("default", queue)} {
		require.NoError(t, conn.PublishRequest(subject, "$JS.API.STREAM.DELETE."+f.service.Stream(), []byte("\xff")))
		reply, err := conn.Request(subject, []byte("\xff"), 10*time.Second) // served after it
		require.NoError(t, err)
		require.Equal(t, "INVALID_ARGUMENT", reply.Header.Get(api.HeaderErrorCode))
		require.NotEmpty(t, reply.Data)
	}
	pending, _, err := answers.Pending()
	require.NoError(t, err)
	require.Zero(t, pending)
	require.NoError(t, answers.Unsubscribe())
}

func TestAStickyTaskOfAnUnknownRunIsRefused(t *testing.T) {
	f := newFixture(t)
	w := f.worker(t, Options{}, checkout.Implement(gather))
	body, err := proto.Marshal(&workflowservice.PollWorkflowTaskQueueResponse{TaskToken: []byte("t")})
	require.NoError(t, err)
	reply, err := f.client.Conn().Request(w.names.Sticky("default", queue, w.id), body, 10*time.Second)
	require.NoError(t, err)
	require.Equal(t, "false", reply.Header.Get(api.HeaderAccepted))
	require.NotEmpty(t, reply.Data)
}

// Answers that would keep a completion from being sent are left out; others are not.
func TestAnswersThatAreTooLarge(t *testing.T) {
	f := newFixture(t, smallPayload)
	w := f.worker(t, Options{}, checkout.Implement(gather))
	for size, want := range map[int]int{1 << 10: 1, 100 << 10: 0} {
		answer, err := converter.Encode(converter.Default(), strings.Repeat("x", size))
		require.NoError(t, err)
		completion := &workflowservice.RespondWorkflowTaskCompletedRequest{QueryResults: map[string]*querypb.WorkflowQueryResult{
			"q": {ResultType: enumspb.QUERY_RESULT_TYPE_ANSWERED, Answer: answer},
		}}
		w.fitAnswers(t.Context(), completion)
		require.Len(t, completion.QueryResults, want)
	}
}
