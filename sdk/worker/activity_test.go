package worker

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/workerpb"
	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/failure"
)

// offer queues one activity task, started as it is given, and returns what the worker reports with
// the method.
func (f fixture) offer(t testing.TB, task *workflowservice.PollActivityTaskQueueResponse, method string) proto.Message {
	t.Helper()
	task.TaskToken = []byte(uuid.NewString())
	if task.ActivityType == nil {
		task.ActivityType = &commonpb.ActivityType{Name: charge.Name()}
	}
	task.Attempt = max(task.Attempt, 1)
	f.service.On(api.StartActivityTask, func(proto.Message) (proto.Message, error) { return task, nil })
	for _, report := range []string{"RespondActivityTaskCompleted", "RespondActivityTaskFailed", "RespondActivityTaskCanceled"} {
		f.accept(report)
	}
	reports := f.service.Calls(method)
	require.NoError(t, f.service.Enqueue(&workerpb.Task{WorkflowId: "w", Type: enumspb.TASK_QUEUE_TYPE_ACTIVITY, TaskQueue: queue}))
	return receive(t, reports)
}

func (f fixture) accept(method string) {
	m, _ := api.FindMethod(method, api.WorkerDoor)
	f.service.On(method, func(proto.Message) (proto.Message, error) { return m.NewReply(), nil })
}

func (f fixture) failed(t testing.TB, task *workflowservice.PollActivityTaskQueueResponse) *workflowservice.RespondActivityTaskFailedRequest {
	t.Helper()
	return f.offer(t, task, "RespondActivityTaskFailed").(*workflowservice.RespondActivityTaskFailedRequest)
}

func TestWhatAnAttemptKnows(t *testing.T) {
	f := newFixture(t)
	details, err := converter.EncodeAll(converter.Default(), 7)
	require.NoError(t, err)
	f.worker(t, Options{}, charge.Implement(func(ctx context.Context, _ order) (string, error) {
		info := activity.GetInfo(ctx)
		var progress int
		if err := activity.GetHeartbeatDetails(ctx, &progress); err != nil {
			return "", err
		}
		if _, has := ctx.Deadline(); !has || !activity.IsActivity(ctx) || !activity.HasHeartbeatDetails(ctx) || progress != 7 || len(info.TaskToken) == 0 {
			return "", errors.New("it should know more")
		}
		return info.ActivityType + info.TaskQueue + info.Namespace, nil
	}))
	report := f.offer(t, &workflowservice.PollActivityTaskQueueResponse{
		StartToCloseTimeout: durationpb.New(time.Minute), HeartbeatDetails: details,
	}, "RespondActivityTaskCompleted").(*workflowservice.RespondActivityTaskCompletedRequest)
	var out string
	require.NoError(t, converter.Decode(converter.Default(), report.GetResult(), &out))
	require.Equal(t, "Charge"+queue+"default", out)
	require.Equal(t, "tester", report.GetIdentity())
}

func TestAPanicFailsTheAttempt(t *testing.T) {
	f := newFixture(t)
	f.worker(t, Options{}, charge.Implement(func(context.Context, order) (string, error) { panic("no way") }))
	reported := f.failed(t, &workflowservice.PollActivityTaskQueueResponse{}).GetFailure()
	require.Equal(t, "no way", reported.GetMessage())
	require.Equal(t, "PanicError", reported.GetApplicationFailureInfo().GetType())
	require.False(t, reported.GetApplicationFailureInfo().GetNonRetryable())
	require.Contains(t, reported.GetStackTrace(), "TestAPanicFailsTheAttempt")
}

func TestAnUnknownActivityType(t *testing.T) {
	f := newFixture(t)
	f.worker(t, Options{}, charge.Implement(chargeOne))
	reported := f.failed(t, &workflowservice.PollActivityTaskQueueResponse{ActivityType: &commonpb.ActivityType{Name: "Unknown"}}).GetFailure()
	require.Equal(t, "unable to find activityType=Unknown. Supported types: [Charge]", reported.GetMessage())
	require.Equal(t, "ActivityNotRegisteredError", reported.GetApplicationFailureInfo().GetType())
}

func TestHeartbeatsAreThrottledAndTheLastIsKept(t *testing.T) {
	f := newFixture(t)
	beats := f.service.Calls("RecordActivityTaskHeartbeat")
	sent := make(chan struct{})
	f.worker(t, Options{}, charge.Implement(func(ctx context.Context, _ order) (string, error) {
		activity.RecordHeartbeat(ctx, "first")
		<-sent
		for i := range 100 {
			activity.RecordHeartbeat(ctx, i)
		}
		return "", errors.New("broken")
	}))
	go func() {
		<-beats
		close(sent)
	}()
	report := f.failed(t, &workflowservice.PollActivityTaskQueueResponse{HeartbeatTimeout: durationpb.New(time.Minute)})
	require.Empty(t, beats, "the others are throttled")
	var last int
	require.NoError(t, converter.Decode(converter.Default(), report.GetLastHeartbeatDetails(), &last))
	require.Equal(t, 99, last)
}

func TestHeartbeatsGoOnAfterTheInterval(t *testing.T) {
	f := newFixture(t)
	beats := f.service.Calls("RecordActivityTaskHeartbeat")
	f.worker(t, Options{MaxHeartbeatThrottleInterval: time.Millisecond}, charge.Implement(func(ctx context.Context, _ order) (string, error) {
		for range 3 {
			activity.RecordHeartbeat(ctx)
			<-beats
		}
		return "done", nil
	}))
	f.offer(t, &workflowservice.PollActivityTaskQueueResponse{}, "RespondActivityTaskCompleted")
}

// untilDone waits for the end of its context.
func untilDone(ctx context.Context, _ order) (string, error) {
	activity.RecordHeartbeat(ctx)
	<-ctx.Done()
	return "", ctx.Err()
}

func TestCancellationComesWithAHeartbeat(t *testing.T) {
	f := newFixture(t)
	f.service.On("RecordActivityTaskHeartbeat", func(proto.Message) (proto.Message, error) {
		return &workflowservice.RecordActivityTaskHeartbeatResponse{CancelRequested: true}, nil
	})
	f.worker(t, Options{}, charge.Implement(untilDone))
	f.offer(t, &workflowservice.PollActivityTaskQueueResponse{}, "RespondActivityTaskCanceled")
}

func TestAPauseAndAResetComeWithAHeartbeat(t *testing.T) {
	for kind, told := range map[string]struct {
		reply *workflowservice.RecordActivityTaskHeartbeatResponse
		cause error
	}{
		"ActivityPaused": {&workflowservice.RecordActivityTaskHeartbeatResponse{ActivityPaused: true}, activity.ErrPaused},
		"ActivityReset":  {&workflowservice.RecordActivityTaskHeartbeatResponse{ActivityReset: true}, activity.ErrReset},
	} {
		t.Run(kind, func(t *testing.T) {
			f := newFixture(t)
			f.service.On("RecordActivityTaskHeartbeat", func(proto.Message) (proto.Message, error) { return told.reply, nil })
			causes := make(chan error, 1)
			f.worker(t, Options{}, charge.Implement(func(ctx context.Context, in order) (string, error) {
				out, err := untilDone(ctx, in)
				causes <- context.Cause(ctx)
				return out, err
			}))
			failed := f.failed(t, &workflowservice.PollActivityTaskQueueResponse{}).GetFailure().GetApplicationFailureInfo()
			require.ErrorIs(t, receive(t, causes), told.cause)
			require.Equal(t, kind, failed.GetType())
			require.False(t, failed.GetNonRetryable(), "the next attempt is made when the activity goes on")
		})
	}
}

func TestACancellationThatNobodyAskedForIsAFailure(t *testing.T) {
	f := newFixture(t)
	f.worker(t, Options{}, charge.Implement(func(context.Context, order) (string, error) { return "", failure.NewCanceledError("why") }))
	refused := func(proto.Message) (proto.Message, error) {
		return nil, serviceerror.NewInvalidArgument("not requested")
	}
	f.service.On("RespondActivityTaskCanceled", refused)
	task := &workflowservice.PollActivityTaskQueueResponse{TaskToken: []byte("t"), ActivityType: &commonpb.ActivityType{Name: charge.Name()}}
	f.service.On(api.StartActivityTask, func(proto.Message) (proto.Message, error) { return task, nil })
	f.accept("RespondActivityTaskFailed")
	failures := f.service.Calls("RespondActivityTaskFailed")
	require.NoError(t, f.service.Enqueue(&workerpb.Task{WorkflowId: "w", Type: enumspb.TASK_QUEUE_TYPE_ACTIVITY, TaskQueue: queue}))
	require.NotNil(t, receive(t, failures).(*workflowservice.RespondActivityTaskFailedRequest).GetFailure().GetCanceledFailureInfo())
}

func TestWhyAContextEnds(t *testing.T) {
	for name, test := range map[string]struct {
		task  *workflowservice.PollActivityTaskQueueResponse
		gone  bool
		cause error
	}{
		"heartbeat time-out": {&workflowservice.PollActivityTaskQueueResponse{HeartbeatTimeout: durationpb.New(10 * time.Millisecond)}, false, activity.ErrHeartbeatTimeout},
		"start to close":     {&workflowservice.PollActivityTaskQueueResponse{StartToCloseTimeout: durationpb.New(10 * time.Millisecond)}, false, activity.ErrTimeout},
		"schedule to close":  {&workflowservice.PollActivityTaskQueueResponse{ScheduleToCloseTimeout: durationpb.New(10 * time.Millisecond)}, false, activity.ErrTimeout},
		"gone":               {&workflowservice.PollActivityTaskQueueResponse{}, true, activity.ErrGone},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			if test.gone {
				f.service.On("RecordActivityTaskHeartbeat", func(proto.Message) (proto.Message, error) { return nil, serviceerror.NewNotFound("gone") })
			}
			f.worker(t, Options{}, charge.Implement(func(ctx context.Context, _ order) (string, error) {
				if test.gone {
					activity.RecordHeartbeat(ctx)
				}
				<-ctx.Done()
				if !errors.Is(context.Cause(ctx), test.cause) {
					return "", context.Cause(ctx)
				}
				return "as it should", nil
			}))
			f.offer(t, test.task, "RespondActivityTaskCompleted")
		})
	}
}

func TestAResultThatIsGivenLater(t *testing.T) {
	f := newFixture(t)
	ended := make(chan []byte, 1)
	f.worker(t, Options{}, charge.Implement(func(ctx context.Context, in order) (string, error) {
		if in.ID == "later" {
			ended <- activity.GetInfo(ctx).TaskToken
			return "", activity.ErrResultPending
		}
		return "", nil
	}))
	input, err := converter.Encode(converter.Default(), order{ID: "later"})
	require.NoError(t, err)
	task := &workflowservice.PollActivityTaskQueueResponse{TaskToken: []byte("t"), ActivityType: &commonpb.ActivityType{Name: charge.Name()}, Input: input}
	f.service.On(api.StartActivityTask, func(proto.Message) (proto.Message, error) { return task, nil })
	f.accept("RespondActivityTaskCompleted")
	completed := f.service.Calls("RespondActivityTaskCompleted")
	require.NoError(t, f.service.Enqueue(&workerpb.Task{WorkflowId: "w", Type: enumspb.TASK_QUEUE_TYPE_ACTIVITY, TaskQueue: queue}))
	token := receive(t, ended)
	require.NoError(t, f.client.CompleteActivity(within(t), token, "by hand", nil))
	report := receive(t, completed).(*workflowservice.RespondActivityTaskCompletedRequest)
	var out string
	require.NoError(t, converter.Decode(converter.Default(), report.GetResult(), &out))
	require.Equal(t, "by hand", out)
	require.Equal(t, 1, f.service.Count("RespondActivityTaskCompleted"), "the worker reports nothing")
}

func smallPayload(o *server.Options) { o.MaxPayload = 64 << 10 }

func TestAResultThatIsTooLarge(t *testing.T) {
	f := newFixture(t, smallPayload)
	f.worker(t, Options{}, charge.Implement(func(context.Context, order) (string, error) { return strings.Repeat("x", 100<<10), nil }))
	reported := f.failed(t, &workflowservice.PollActivityTaskQueueResponse{}).GetFailure()
	require.Contains(t, reported.GetMessage(), "max_payload")
	require.True(t, reported.GetApplicationFailureInfo().GetNonRetryable())
}

func TestAFailureThatIsTooLarge(t *testing.T) {
	f := newFixture(t, smallPayload)
	f.worker(t, Options{}, charge.Implement(func(context.Context, order) (string, error) {
		return "", failure.NewNonRetryableApplicationError(strings.Repeat("x", 100<<10), "Large", nil)
	}))
	reported := f.failed(t, &workflowservice.PollActivityTaskQueueResponse{}).GetFailure()
	require.Contains(t, reported.GetMessage(), "shortened")
	require.Equal(t, "Large", reported.GetApplicationFailureInfo().GetType())
	require.True(t, reported.GetApplicationFailureInfo().GetNonRetryable())
}

func TestStopLetsActivitiesFinish(t *testing.T) {
	f := newFixture(t)
	began, finish := make(chan struct{}), make(chan struct{})
	w := f.worker(t, Options{}, charge.Implement(func(ctx context.Context, _ order) (string, error) {
		close(began)
		<-activity.GetWorkerStopChannel(ctx)
		<-finish
		return "done", ctx.Err()
	}))
	go func() {
		<-began
		go func() { _ = w.Stop() }()
		<-w.stopping
		close(finish)
	}()
	f.offer(t, &workflowservice.PollActivityTaskQueueResponse{}, "RespondActivityTaskCompleted")
}

func TestStopCancelsWhatDoesNotFinish(t *testing.T) {
	f := newFixture(t)
	w := f.worker(t, Options{StopTimeout: -1}, charge.Implement(untilDone))
	beats := f.service.Calls("RecordActivityTaskHeartbeat")
	go func() {
		<-beats
		_ = w.Stop()
	}()
	reported := f.failed(t, &workflowservice.PollActivityTaskQueueResponse{}).GetFailure()
	require.Equal(t, "WorkerStopped", reported.GetApplicationFailureInfo().GetType())
	require.False(t, reported.GetApplicationFailureInfo().GetNonRetryable())
}

func TestOutsideOfAnActivity(t *testing.T) {
	ctx := context.Background()
	activity.RecordHeartbeat(ctx, 1)
	require.False(t, activity.IsActivity(ctx))
	require.Zero(t, activity.GetInfo(ctx).Attempt)
	require.ErrorIs(t, activity.GetHeartbeatDetails(ctx), activity.ErrNoHeartbeatDetails)
	require.Nil(t, activity.GetWorkerStopChannel(ctx))
	logger := activity.GetLogger(ctx)
	logger.Info().Msg("nothing")
}
