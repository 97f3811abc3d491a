package failure

import (
	"fmt"
	"time"

	commonpb "go.temporal.io/api/common/v1"
)

// ContinueAsNewError is returned by a workflow to close its run and to start the next one under the
// same workflow id. workflow.NewContinueAsNewError makes it.
type ContinueAsNewError struct {
	// WorkflowType is the type of the next run.
	WorkflowType string
	// Input is the next run's input, encoded.
	Input *commonpb.Payloads
	// TaskQueue is the next run's task queue; empty keeps the present one.
	TaskQueue string
	// RunTimeout is the next run's time-out; zero keeps the present one.
	RunTimeout time.Duration
	// TaskTimeout is the time-out of the next run's workflow tasks; zero keeps the present one.
	TaskTimeout time.Duration
	// RetryPolicy is the next run's; nil keeps the present one.
	RetryPolicy *commonpb.RetryPolicy
	// Header goes with the next run's start; interceptors write it.
	Header map[string]*commonpb.Payload
}

// Error implements error.
func (e *ContinueAsNewError) Error() string {
	return fmt.Sprintf("continue as new %s: return this error from the workflow", e.WorkflowType)
}
