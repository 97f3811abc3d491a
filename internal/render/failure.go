package render

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"

	failurepb "go.temporal.io/api/failure/v1"
)

// Failure is a failure in one line, with its causes: outermost first. A Go error that wraps another
// travels with the other's text in its own message, and with the other as its cause: what was said is not
// said again.
func Failure(f *failurepb.Failure) string {
	var parts []string
	said := ""
	for ; f != nil; f = f.GetCause() {
		message := without(f.GetMessage(), f.GetCause())
		if says(said, message) {
			message = ""
		}
		text := oneFailure(f, OneLine(message))
		if text != "" && (len(parts) == 0 || parts[len(parts)-1] != text) {
			parts = append(parts, text)
		}
		if f.GetApplicationFailureInfo() != nil && message != "" {
			said = message
		}
	}
	return strings.Join(parts, ": ")
}

// without is a message up to where the text of the cause begins, which Go's errors put at the end.
func without(message string, cause *failurepb.Failure) string {
	inner := cause.GetMessage()
	at := strings.LastIndex(message, inner)
	if inner == "" || at < 0 {
		return message
	}
	// The SDKs' errors say their type behind their message.
	if rest := message[at+len(inner):]; rest != "" && !strings.HasPrefix(rest, " (type: ") {
		return message
	}
	if at == 0 {
		return ""
	}
	before, found := strings.CutSuffix(message[:at], ": ")
	if !found {
		return message
	}
	return before
}

// says tells whether a text holds another, as words of their own.
func says(text, other string) bool {
	before, after, found := strings.Cut(text, other)
	if other == "" || !found {
		return false
	}
	last, _ := utf8.DecodeLastRuneInString(before)
	first, _ := utf8.DecodeRuneInString(after)
	return !isWord(last) && !isWord(first)
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func oneFailure(f *failurepb.Failure, text string) string {
	switch {
	case f.GetApplicationFailureInfo() != nil:
		return applicationFailure(f.GetApplicationFailureInfo(), text)
	case f.GetTimeoutFailureInfo() != nil:
		kind := f.GetTimeoutFailureInfo().GetTimeoutType().String()
		if strings.Contains(text, kind) {
			return text
		}
		return "timeout " + kind + parenthesised(text)
	case f.GetCanceledFailureInfo() != nil:
		return cmp.Or(text, "canceled")
	case f.GetTerminatedFailureInfo() != nil:
		return cmp.Or(text, "terminated")
	case f.GetActivityFailureInfo() != nil:
		info := f.GetActivityFailureInfo()
		return "activity " + OneLine(info.GetActivityType().GetName()) + " failed" + retryState(info.GetRetryState().String())
	case f.GetChildWorkflowExecutionFailureInfo() != nil:
		info := f.GetChildWorkflowExecutionFailureInfo()
		return "child workflow " + OneLine(info.GetWorkflowExecution().GetWorkflowId()) + " failed" + retryState(info.GetRetryState().String())
	}
	return text
}

// goTypes are the types of Go's own errors, which tell a reader nothing.
var goTypes = map[string]bool{"wrapError": true, "wrapErrors": true, "joinError": true, "errorString": true}

func applicationFailure(info *failurepb.ApplicationFailureInfo, text string) string {
	if kind := OneLine(info.GetType()); kind != "" && !goTypes[kind] {
		text = kind + after(": ", text)
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
