package engine_test

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commandpb "go.temporal.io/api/command/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/internal/engine"
	"github.com/perdure/perdure/sdk/workflow"
	"github.com/perdure/perdure/sdk/workflowtest"
)

// What the commands say must become, attribute by attribute, what Temporal's histories say.
func TestCommandsSayWhatGoldenEventsSay(t *testing.T) {
	act := activity.Declare[string, string]("Act")
	options := workflow.ActivityOptions{StartToCloseTimeout: 20 * time.Second, RetryPolicy: &workflow.RetryPolicy{
		InitialInterval: 100 * time.Millisecond, BackoffCoefficient: 1, MaximumAttempts: 1,
	}}
	caller := workflow.Declare[none, string]("Caller").Implement(func(ctx workflow.Context, _ none) (string, error) {
		return workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), act, "one").Get(ctx)
	})
	counter := workflow.Declare[int, string]("Alone")
	cases := map[string]workflow.Implementation{
		"activity-one": caller,
		"activity-start-to-close-timeout": workflow.Declare[none, string]("Caller").Implement(func(ctx workflow.Context, _ none) (string, error) {
			o := options
			o.StartToCloseTimeout = time.Second
			return workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, o), act, "one").Get(ctx)
		}),
		"cancel-with-cleanup": alone(func(ctx workflow.Context) (none, error) {
			err := workflow.Sleep(ctx, time.Hour)
			cleanup, _ := workflow.NewDisconnectedContext(ctx)
			if err := workflow.Sleep(cleanup, 100*time.Millisecond); err != nil {
				return none{}, err
			}
			return none{}, err
		}),
		"timer-cancel-same-task": alone(func(ctx workflow.Context) (bool, error) {
			ctx, cancel := workflow.WithCancel(ctx)
			f := workflow.NewTimer(ctx, time.Hour)
			cancel()
			_, err := f.Get(ctx)
			return err != nil, nil
		}),
		"cancel-during-activity": alone(func(ctx workflow.Context) (string, error) {
			ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
				StartToCloseTimeout: 20 * time.Second, HeartbeatTimeout: time.Second, WaitForCancellation: true,
				RetryPolicy: &workflow.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2},
			})
			return workflow.ExecuteActivity(ctx, act, "one").Get(ctx)
		}),
		"marker-side-effect": alone(func(ctx workflow.Context) ([]int, error) {
			a, _ := workflow.SideEffect(ctx, func() int { return 1 })
			if err := workflow.Sleep(ctx, 50*time.Millisecond); err != nil {
				return nil, err
			}
			b, _ := workflow.SideEffect(ctx, func() int { return 2 })
			return []int{a, b}, nil
		}),
		"marker-version-new": alone(func(ctx workflow.Context) (string, error) {
			v := workflow.GetVersion(ctx, "change-a", workflow.DefaultVersion, 2)
			require.Equal(t, 2, v)
			return "two, two", workflow.Sleep(ctx, 50*time.Millisecond)
		}),
		"lifecycle-upsert-memo": alone(func(ctx workflow.Context) (none, error) {
			if err := workflow.UpsertMemo(ctx, map[string]any{"a": 1, "b": "x"}); err != nil {
				return none{}, err
			}
			return none{}, workflow.UpsertMemo(ctx, map[string]any{"a": 2, "b": nil})
		}),
		"lifecycle-no-result": alone(func(workflow.Context) (none, error) { return none{}, nil }),
		"lifecycle-continue-as-new-signal-buffered-1": counter.Implement(func(ctx workflow.Context, n int) (string, error) {
			return "", workflow.NewContinueAsNewError(ctx, counter, n+1)
		}),
	}
	for name, impl := range cases {
		t.Run(name, func(t *testing.T) {
			events := goldenEvents(t, name)
			for i, e := range events {
				if e.GetEventType() != enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
					continue
				}
				run := newRun(t, engine.Options{}, impl)
				done, err := run.handle(events[:i])
				require.NoError(t, err)
				requireSame(t, done.GetCommands(), events[i+1:])
			}
		})
	}
}

func goldenEvents(t require.TestingT, name string) []*historypb.HistoryEvent {
	data, err := os.ReadFile("../../workflowtest/testdata/golden/" + name + ".json")
	require.NoError(t, err)
	h, err := workflowtest.ReadHistory(data)
	require.NoError(t, err)
	return h.GetEvents()
}

// requireSame compares every attribute that a command and its event share.
func requireSame(t require.TestingT, commands []*commandpb.Command, events []*historypb.HistoryEvent) {

	require.LessOrEqual(t, len(commands), len(events))
	for i, c := range commands {
		want, got := attributesOf(events[i]), attributesOf(c)
		fields := got.Descriptor().Fields()
		for j := range fields.Len() {
			f := fields.Get(j)
			in := want.Descriptor().Fields().ByName(f.Name())
			// The server fills in the rest of a retry policy, and how a child is run; failures name the SDK that made them.
			if in == nil || f.Name() == "retry_policy" || f.Name() == "failure" || in.Kind() != f.Kind() || filledIn(got, f) {
				continue
			}
			require.Truef(t, got.Get(f).Equal(want.Get(in)), "%s.%s: %v is not %v", got.Descriptor().Name(), f.Name(), got.Get(f), want.Get(in))
		}
		require.True(t, proto.Equal(events[i].GetUserMetadata(), c.GetUserMetadata()))
	}
}

// filledIn tells whether the command leaves a field of a child to the server.
func filledIn(command protoreflect.Message, f protoreflect.FieldDescriptor) bool {
	switch f.Name() {
	case "workflow_task_timeout":
		return command.Get(f).Message().Interface().(*durationpb.Duration).AsDuration() == 0
	case "parent_close_policy", "workflow_id_reuse_policy":
		return !command.Has(f)
	}
	return false
}

func attributesOf(m proto.Message) protoreflect.Message {
	msg := m.ProtoReflect()
	return msg.Get(msg.WhichOneof(msg.Descriptor().Oneofs().ByName("attributes"))).Message()
}
