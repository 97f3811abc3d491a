package api_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"

	"github.com/perdure/perdure/api"
)

func TestErrorsComeBackAsTheyWere(t *testing.T) {
	for _, json := range []bool{false, true} {
		for want, err := range map[string]error{
			"NOT_FOUND":           serviceerror.NewNotFound("no such workflow"),
			"INVALID_ARGUMENT":    serviceerror.NewInvalidArgument("WorkflowId is not set"),
			"ALREADY_EXISTS":      serviceerror.NewWorkflowExecutionAlreadyStarted("running", "request", "run-1"),
			"UNAVAILABLE":         serviceerror.NewUnavailable("the shard recovers"),
			"PERMISSION_DENIED":   serviceerror.NewPermissionDenied("another queue", "reason"),
			"FAILED_PRECONDITION": serviceerror.NewWorkflowNotReady("later"),
		} {
			code, text, body := api.EncodeError(fmt.Errorf("doing it: %w", err), json)
			require.Equal(t, want, code)
			require.NotEmpty(t, body)
			back := api.DecodeError(code, text, body, json)
			require.IsType(t, err, back)
			require.Contains(t, back.Error(), err.Error())
		}
	}
}

func TestDetailsOfErrorsTravel(t *testing.T) {
	code, text, body := api.EncodeError(serviceerror.NewWorkflowExecutionAlreadyStarted("running", "request-1", "run-1"), false)
	var started *serviceerror.WorkflowExecutionAlreadyStarted
	require.ErrorAs(t, api.DecodeError(code, text, body, false), &started)
	require.Equal(t, "run-1", started.RunId)
	require.Equal(t, "request-1", started.StartRequestId)
}

func TestErrorsThatAreNotTheAPIs(t *testing.T) {
	require.Equal(t, "DEADLINE_EXCEEDED", api.ErrorCode(fmt.Errorf("waiting: %w", context.DeadlineExceeded)))
	require.Equal(t, "CANCELLED", api.ErrorCode(context.Canceled))
	require.Equal(t, "UNKNOWN", api.ErrorCode(errors.New("odd")))
}

func TestAnErrorsHeaderIsOneLineThatFits(t *testing.T) {
	_, text, _ := api.EncodeError(serviceerror.NewInternal("a\r\nStatus: 503\n"+strings.Repeat("é", 3000)+"\xff"), false)
	require.NotContains(t, text, "\n")
	require.NotContains(t, text, "\r")
	require.LessOrEqual(t, len(text), api.MaxErrorText+3)
}

func FuzzDecodeError(f *testing.F) {
	code, text, body := api.EncodeError(serviceerror.NewNotFound("x"), false)
	f.Add(code, text, body, false)
	f.Add("NOPE", "", []byte("{"), true)
	f.Fuzz(func(t *testing.T, code, text string, body []byte, json bool) {
		if api.DecodeError(code, text, body, json) == nil {
			t.Fatal("an error became none")
		}
	})
}
