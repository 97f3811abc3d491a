package render

import (
	"strings"

	failurepb "go.temporal.io/api/failure/v1"
)

// Failure is a failure in one line, with its causes: outermost first.
func Failure(f *failurepb.Failure) string {
	var parts []string
	for ; f != nil; f = f.GetCause() {
		if text := oneFailure(f); len(parts) == 0 || parts[len(parts)-1] != text {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, ": ")
}

func oneFailure(f *failurepb.Failure) string {
	text := OneLine(f.GetMessage())
	switch {
	case f.GetApplicationFailureInfo() != nil:
		return applicationFailure(f.GetApplicationFailureInfo(), text)
	case f.GetTimeoutFailureInfo() != nil:
		return "timeout " + f.GetTimeoutFailureInfo().GetTimeoutType().String() + parenthesised(text)
	case f.GetCanceledFailureInfo() != nil:
		return orElse(text, "canceled")
	case f.GetTerminatedFailureInfo() != nil:
		return orElse(text, "terminated")
	case f.GetActivityFailureInfo() != nil:
		info := f.GetActivityFailureInfo()
		return "activity " + OneLine(info.GetActivityType().GetName()) + " failed" + retryState(info.GetRetryState().String())
	case f.GetChildWorkflowExecutionFailureInfo() != nil:
		info := f.GetChildWorkflowExecutionFailureInfo()
		return "child workflow " + OneLine(info.GetWorkflowExecution().GetWorkflowId()) + " failed" + retryState(info.GetRetryState().String())
	}
	return text
}

func applicationFailure(info *failurepb.ApplicationFailureInfo, text string) string {
	if info.GetType() != "" {
		text = OneLine(info.GetType()) + ": " + text
	}
	if info.GetNonRetryable() {
		text += " (not retryable)"
	}
	return text
}

// retryState says why there was no further attempt, where it says anything.
func retryState(state string) string {
	switch state {
	case "Unspecified", "InProgress":
		return ""
	}
	return " (" + state + ")"
}

func parenthesised(text string) string {
	if text == "" {
		return ""
	}
	return " (" + text + ")"
}

func orElse(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
