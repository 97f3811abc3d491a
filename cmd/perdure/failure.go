package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.temporal.io/api/serviceerror"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/internal/connect"
)

// Exit codes.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
	// exitInterrupt is what shells make of a program that SIGINT ended.
	exitInterrupt = 130
)

// usageError is a command line that cannot be understood: nothing was sent.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// silentError ends a command with exit code 1 whose answer, already printed, says all: a
// workflow that failed, findings in its code.
type silentError struct{}

func (silentError) Error() string { return "the answer says what failed" }

// missingError is that something was not found, and its text says what to do.
type missingError struct{ error }

func (e missingError) Unwrap() error { return e.error }

// report writes an error, in JSON where the output is JSON, and returns the exit code.
func report(w io.Writer, output string, err error) int {
	if errors.As(err, &silentError{}) {
		return exitFailure
	}
	code, name := exitFailure, api.ErrorCode(err)
	var usage usageError
	if errors.As(err, &usage) {
		code, name = exitUsage, "USAGE"
	}
	text := err.Error()
	switch {
	case errors.Is(err, context.Canceled):
		code, text = exitInterrupt, "interrupted"
	case connect.MayComeUp(err):
		name = "UNAVAILABLE"
	}
	if next := hint(err); next != "" {
		text = strings.TrimSuffix(text, ".") + next
	}
	if output == outputText {
		fmt.Fprintln(w, "Error:", text)
		return code
	}
	// Two strings always encode.
	line, _ := encode(struct {
		Error string `json:"error"`
		Code  string `json:"code"`
	}{text, name})
	fmt.Fprintf(w, "%s\n", line)
	return code
}

// hint is what to do next where the error itself does not say it.
func hint(err error) string {
	var exists *serviceerror.WorkflowExecutionAlreadyStarted
	var noNamespace *serviceerror.NamespaceNotFound
	var noWorkflow *serviceerror.NotFound
	var invalid *serviceerror.InvalidArgument
	switch {
	case errors.As(err, &startError{}), errors.As(err, &missingError{}):
	case errors.As(err, &exists):
		return fmt.Sprintf(" (run %s): choose another --workflow-id, or see --id-conflict-policy and --id-reuse-policy", exists.RunId)
	case errors.As(err, &invalid) && strings.Contains(invalid.Error(), "has no mapping defined for search attribute"):
		return ": `perdure search-attribute list` shows those there are, `perdure search-attribute add` adds one"
	case errors.As(err, &noNamespace):
		return ": `perdure namespace list` shows those there are, `perdure namespace create` makes one"
	case errors.As(err, &invalid) && strings.HasPrefix(invalid.Error(), "invalid CronSchedule"):
		return ": give minute, hour, day, month and weekday, as in \"0 3 * * *\", or @hourly and the like, or \"@every 90m\""
	case errors.As(err, &noWorkflow) && strings.Contains(strings.ToLower(noWorkflow.Error()), "find pending activity"):
		return ": `perdure workflow describe` shows the ids of those that are open"
	case errors.As(err, &noWorkflow) && strings.Contains(noWorkflow.Error(), "already completed"):
		return ": `perdure workflow result` shows how it ended"
	case errors.As(err, &noWorkflow) && strings.HasPrefix(noWorkflow.Error(), "update "):
		return ": check --update-id and --workflow-id; one that was rejected is not known any more"
	case errors.As(err, &noWorkflow):
		return ": check --workflow-id, --run-id and --namespace"
	case errors.Is(err, context.DeadlineExceeded):
		return ": the server did not answer in time: see its log, or give it more with --command-timeout"
	}
	return ""
}
