package main

import (
	"context"
	"encoding/json"

	"github.com/spf13/cobra"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"

	"github.com/perdure/perdure/internal/render"
)

func newWorkflowResult(g *global) *cobra.Command {
	var e execution
	c := &cobra.Command{
		Use:   "result",
		Short: "Wait for a workflow to close and show its result",
		Long: `Wait for a workflow to close and show its result. Where a run continues as new, is retried or
repeated, the last run's result is shown. The exit code is 1 when the workflow did not complete.`,
		Example: `  perdure workflow result --workflow-id order-1
  perdure workflow result --workflow-id order-1 --output json | jq .result`,
		RunE: func(c *cobra.Command, _ []string) error {
			return g.connected(c.Context(), func(ctx context.Context, s *session) error { return s.result(ctx, &e) })
		},
	}
	e.register(c.Flags())
	needs(c, "workflow-id")
	return c
}

// outcome is how a run ended.
type outcome struct {
	WorkflowID string          `json:"workflowId"`
	RunID      string          `json:"runId"`
	Status     string          `json:"status"`
	Result     json.RawMessage `json:"result,omitempty"`
	Failure    json.RawMessage `json:"failure,omitempty"`
	Reason     string          `json:"reason,omitempty"`

	resultText, failureText string
}

func (s *session) result(ctx context.Context, e *execution) error {
	description, err := s.describe(ctx, e)
	if err != nil {
		return err
	}
	run := description.GetWorkflowExecutionInfo().GetExecution().GetRunId()
	var last *historypb.HistoryEvent
	for next := run; next != ""; next = nextRun(last) {
		run = next
		if last, err = s.closeEvent(ctx, e.workflowID, run); err != nil {
			return err
		}
	}
	o, err := newOutcome(e.workflowID, run, last)
	if err != nil {
		return err
	}
	if err := s.show(o, o.lines); err != nil {
		return err
	}
	if last.GetEventType() != enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED {
		return silentError{}
	}
	return nil
}

// closeEvent waits for a run to close.
func (s *session) closeEvent(ctx context.Context, workflowID, run string) (*historypb.HistoryEvent, error) {
	poll := s.newPoll(workflowID, run, enumspb.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT)
	for {
		events, err := poll.next(ctx)
		if err != nil {
			return nil, err
		}
		for _, e := range events {
			if closes(e) {
				return e, nil
			}
		}
	}
}

func newOutcome(workflowID, run string, e *historypb.HistoryEvent) (*outcome, error) {
	o := &outcome{WorkflowID: workflowID, RunID: run}
	var err error
	switch a := e.GetAttributes().(type) {
	case *historypb.HistoryEvent_WorkflowExecutionCompletedEventAttributes:
		result := a.WorkflowExecutionCompletedEventAttributes.GetResult()
		o.Status, o.Result, o.resultText = "Completed", payloadsJSON(result), render.Payloads(result)
	case *historypb.HistoryEvent_WorkflowExecutionFailedEventAttributes:
		o.Status = "Failed"
		err = o.fail(a.WorkflowExecutionFailedEventAttributes.GetFailure())
	case *historypb.HistoryEvent_WorkflowExecutionCanceledEventAttributes:
		o.Status = "Canceled"
	case *historypb.HistoryEvent_WorkflowExecutionTerminatedEventAttributes:
		o.Status, o.Reason = "Terminated", a.WorkflowExecutionTerminatedEventAttributes.GetReason()
	case *historypb.HistoryEvent_WorkflowExecutionTimedOutEventAttributes:
		o.Status = "TimedOut"
	default:
		o.Status = e.GetEventType().String()
	}
	return o, err
}

func (o *outcome) fail(f *failurepb.Failure) (err error) {
	o.failureText = render.Failure(f)
	o.Failure, err = encode(f)
	return err
}

func (o *outcome) lines(int) []string {
	var rows render.Rows
	rows.Add("Workflow", render.OneLine(o.WorkflowID))
	rows.Add("Run", o.RunID)
	rows.Add("Status", o.Status)
	rows.Pair("Result", o.resultText)
	rows.Pair("Failure", o.failureText)
	rows.Pair("Reason", render.OneLine(o.Reason))
	return rows.Lines(0) // a result is shown whole, however wide the terminal is
}
