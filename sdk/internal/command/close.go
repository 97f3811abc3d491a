package command

import (
	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
)

// Close is the end of a run; nothing follows it in the same run.
type Close struct{ state onceState }

// Complete adds the command that closes the run with a result.
func Complete(o *Outbox, result *commonpb.Payloads) {
	o.Add(&commandpb.Command{
		CommandType: enumspb.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION,
		Attributes: &commandpb.Command_CompleteWorkflowExecutionCommandAttributes{
			CompleteWorkflowExecutionCommandAttributes: &commandpb.CompleteWorkflowExecutionCommandAttributes{Result: result},
		},
	}, &Close{})
}

// Fail adds the command that closes the run with a failure.
func Fail(o *Outbox, f *failurepb.Failure) {
	o.Add(&commandpb.Command{
		CommandType: enumspb.COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION,
		Attributes: &commandpb.Command_FailWorkflowExecutionCommandAttributes{
			FailWorkflowExecutionCommandAttributes: &commandpb.FailWorkflowExecutionCommandAttributes{Failure: f},
		},
	}, &Close{})
}

// Cancel adds the command that closes the run as cancelled.
func Cancel(o *Outbox, details *commonpb.Payloads) {
	o.Add(&commandpb.Command{
		CommandType: enumspb.COMMAND_TYPE_CANCEL_WORKFLOW_EXECUTION,
		Attributes: &commandpb.Command_CancelWorkflowExecutionCommandAttributes{
			CancelWorkflowExecutionCommandAttributes: &commandpb.CancelWorkflowExecutionCommandAttributes{Details: details},
		},
	}, &Close{})
}

// ContinueAsNew adds the command that closes the run and starts the next.
func ContinueAsNew(o *Outbox, attrs *commandpb.ContinueAsNewWorkflowExecutionCommandAttributes) {
	o.Add(&commandpb.Command{
		CommandType: enumspb.COMMAND_TYPE_CONTINUE_AS_NEW_WORKFLOW_EXECUTION,
		Attributes:  &commandpb.Command_ContinueAsNewWorkflowExecutionCommandAttributes{ContinueAsNewWorkflowExecutionCommandAttributes: attrs},
	}, &Close{})
}

// Recorded implements [Machine].
func (c *Close) Recorded(*historypb.HistoryEvent) (err error) {
	c.state, err = next(onceMoves, c.state, onRecorded, c)
	return err
}

// String names what is closed in errors.
func (c *Close) String() string { return "the run" }
