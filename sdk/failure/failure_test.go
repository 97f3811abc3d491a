package failure

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/sdk/converter"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var dc = converter.Default()

// The shape is that of the golden history activity-error-chain.
func TestChainOfCauses(t *testing.T) {
	inner := NewApplicationError("inner", "Inner", "x")
	outer := NewApplicationErrorWithOptions("outer", "Outer", ApplicationErrorOptions{
		Cause: fmt.Errorf("wrapped: %w", inner), Details: []any{map[string]int{"n": 1}, nil}, NextRetryDelay: time.Second,
		Category: enumspb.APPLICATION_ERROR_CATEGORY_BENIGN,
	})
	f := FromError(dc, outer)
	require.Equal(t, "outer", f.GetMessage())
	require.Equal(t, "Outer", f.GetApplicationFailureInfo().GetType())
	require.Equal(t, time.Second, f.GetApplicationFailureInfo().GetNextRetryDelay().AsDuration())
	require.Equal(t, "binary/null", string(f.GetApplicationFailureInfo().GetDetails().GetPayloads()[1].GetMetadata()["encoding"]))
	require.Equal(t, "wrapError", f.GetCause().GetApplicationFailureInfo().GetType())
	require.Equal(t, "wrapped: inner (type: Inner, retryable: true)", f.GetCause().GetMessage())
	require.Equal(t, "Inner", f.GetCause().GetCause().GetApplicationFailureInfo().GetType())

	err := ToError(dc, f)
	require.Equal(t, "outer (type: Outer, retryable: true): wrapped: inner (type: Inner, retryable: true) (type: wrapError, retryable: true)", err.Error())
	var app *ApplicationError
	require.ErrorAs(t, err, &app)
	require.Equal(t, time.Second, app.NextRetryDelay())
	require.Equal(t, enumspb.APPLICATION_ERROR_CATEGORY_BENIGN, app.Category())
	var n map[string]int
	require.NoError(t, app.Details(&n))
	require.Equal(t, map[string]int{"n": 1}, n)
	require.Same(t, f, FromError(dc, err), "a failure comes back as it was")
}

func TestEveryKindThereAndBack(t *testing.T) {
	cause := NewNonRetryableApplicationError("root", "Root", nil)
	kinds := []error{
		cause,
		NewTimeoutError(enumspb.TIMEOUT_TYPE_HEARTBEAT, cause, 7),
		NewCanceledError("why"),
		NewTerminatedError("hopeless"),
		NewServerError("server", true, nil),
		NewPanicError("no way", "stack"),
		NewActivityError(ActivityInfo{ActivityType: "Act", ActivityID: "5", ScheduledEventID: 5, StartedEventID: 6, RetryState: enumspb.RETRY_STATE_TIMEOUT}, cause),
		NewChildWorkflowExecutionError(ChildWorkflowInfo{WorkflowID: "w", RunID: "r", WorkflowType: "W", InitiatedEventID: 5}, cause),
	}
	for _, in := range kinds {
		t.Run(fmt.Sprintf("%T", in), func(t *testing.T) {
			f := FromError(dc, in)
			out := ToError(dc, proto.CloneOf(f))
			require.IsType(t, in, out)
			require.True(t, proto.Equal(f, FromError(dc, out)))
			if errors.Unwrap(in) != nil {
				var app *ApplicationError
				require.ErrorAs(t, out, &app)
				require.True(t, app.NonRetryable())
				require.Equal(t, "root", app.Message())
			}
		})
	}
}

func TestTextsOfErrors(t *testing.T) {
	cause := errors.New("root")
	texts := map[string]error{
		"x": NewApplicationError("x", ""),
		"Heartbeat timeout (type: Heartbeat): root": NewTimeoutError(enumspb.TIMEOUT_TYPE_HEARTBEAT, cause),
		"canceled":             NewCanceledError(),
		"terminated":           NewTerminatedError(""),
		"terminated: hopeless": NewTerminatedError("hopeless"),
		"server: root":         NewServerError("server", false, cause),
		"no way":               NewPanicError("no way", ""),
		"activity error (type: Act, scheduledEventID: 5, startedEventID: 6, identity: me): root": NewActivityError(
			ActivityInfo{ActivityType: "Act", ScheduledEventID: 5, StartedEventID: 6, Identity: "me"}, cause),
		"workflow execution error (type: W, workflowID: w, runID: r): root": NewWorkflowExecutionError("w", "r", "W", cause),
		"child workflow execution error (type: W, workflowID: w, runID: r, initiatedEventID: 5, startedEventID: 6): root": NewChildWorkflowExecutionError(
			ChildWorkflowInfo{WorkflowType: "W", WorkflowID: "w", RunID: "r", InitiatedEventID: 5, StartedEventID: 6}, cause),
		"continue as new W: return this error from the workflow": &ContinueAsNewError{WorkflowType: "W"},
	}
	for text, err := range texts {
		require.EqualError(t, err, text)
	}
}

// What wrapped errors say is not said again by those that are made of them.
func TestWrappedErrorsSayEachThingOnce(t *testing.T) {
	travelled := func(err error) string { return ToError(dc, FromError(dc, err)).Error() }
	require.Equal(t, "a: b: c (type: wrapError, retryable: true)", travelled(fmt.Errorf("a: %w", fmt.Errorf("b: %w", errors.New("c")))))
	require.Equal(t, "a: c (type: C, retryable: true) (type: wrapError, retryable: true)", travelled(fmt.Errorf("a: %w", NewApplicationError("c", "C"))))
	require.Equal(t, "a cat: t", travelled(NewApplicationErrorWithOptions("a cat", "", ApplicationErrorOptions{Cause: errors.New("t")})))
	require.Equal(t, "a (type: A, retryable: true): c", travelled(NewApplicationErrorWithOptions("a", "A", ApplicationErrorOptions{Cause: errors.New("c")})))
}

func TestOrdinaryErrorsHaveTheirGoType(t *testing.T) {
	require.Nil(t, FromError(dc, nil))
	require.NoError(t, ToError(dc, nil))
	require.Empty(t, FromError(dc, errors.New("x")).GetApplicationFailureInfo().GetType())
	require.Equal(t, "ContinueAsNewError", FromError(dc, &ContinueAsNewError{}).GetApplicationFailureInfo().GetType())
	var app *ApplicationError
	require.ErrorAs(t, ToError(dc, &failurepb.Failure{Message: "of a kind that is not known"}), &app)
}

func TestDetails(t *testing.T) {
	require.ErrorIs(t, NewCanceledError().Details(new(int)), ErrNoDetails)
	canceled := NewCanceledError("a", 2)
	require.True(t, canceled.HasDetails())
	var (
		a string
		n int
	)
	require.NoError(t, canceled.Details(&a, &n))
	require.Equal(t, "a", a)
	require.Equal(t, 2, n)
	require.True(t, IsCanceled(fmt.Errorf("wrapped: %w", canceled)))
	require.False(t, IsCanceled(errors.New("x")))
	require.Contains(t, FromError(dc, NewApplicationError("x", "X", make(chan int))).GetMessage(), "its details are lost")
}

// Whatever a failure holds, it becomes an error with a text.
func FuzzToError(f *testing.F) {
	for _, err := range []error{NewApplicationError("x", "X", 1), NewCanceledError("y"), NewActivityError(ActivityInfo{}, NewPanicError("p", "s"))} {
		data, _ := proto.Marshal(FromError(dc, err))
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var in failurepb.Failure
		if proto.Unmarshal(data, &in) != nil {
			t.Skip()
		}
		err := ToError(dc, &in)
		_ = err.Error()
		if d, ok := err.(interface{ Details(...any) error }); ok {
			var (
				n int
				p *commonpb.Payload
			)
			_ = d.Details(&n, &p)
		}
		require.Same(t, &in, FromError(dc, err))
	})
}
