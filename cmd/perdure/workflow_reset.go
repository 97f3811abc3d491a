package main

import (
	"cmp"
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
)

type workflowReset struct {
	execution
	eventID int64
	to      *enum[enumspb.ResetType]
	reason  string
	exclude []string
}

func newWorkflowReset(g *global) *cobra.Command {
	var o workflowReset
	c := &cobra.Command{
		Use:   "reset",
		Short: "Run a workflow again from a workflow task of its history on",
		Long: `Run a workflow again from a workflow task of its history on, in a new run. The run that is reset is terminated if it is open. Signals
and updates that came later come to the new run, too, unless they are excluded.`,
		Example: `  perdure workflow reset --workflow-id order-1 --type LastWorkflowTask --reason "a fault in the code"
  perdure workflow reset --workflow-id order-1 --event-id 10 --reason "paid twice" --reapply-exclude Signal`,
		RunE: func(c *cobra.Command, _ []string) error {
			if (o.eventID != 0) == (o.to.value != enumspb.RESET_TYPE_UNSPECIFIED) {
				return usagef("give either --event-id or --type: where the new run goes on")
			}
			if o.eventID < 0 {
				return usagef("--event-id %d: events are counted from 1", o.eventID)
			}
			excluded, err := excludeTypes(o.exclude)
			if err != nil {
				return err
			}
			return g.connected(c.Context(), func(ctx context.Context, s *session) error { return s.reset(ctx, &o, excluded) })
		},
	}
	flags := c.Flags()
	o.register(flags)
	flags.Int64VarP(&o.eventID, "event-id", "e", 0, "the WorkflowTaskCompleted event, or its task's WorkflowTaskStarted, which the new run takes another course from")
	o.to = enumFlag(flags, "type", "instead of an event", "FirstWorkflowTask, LastWorkflowTask", enumspb.ResetTypeFromString)
	flags.StringVar(&o.reason, "reason", "", "why, for the history")
	flags.StringSliceVar(&o.exclude, "reapply-exclude", nil, "what does not come to the new run: Signal, Update, All; several times for several, or separated by commas")
	choose(flags, "reapply-exclude", "Signal", "Update", "All")
	needs(c, "workflow-id", "reason")
	return c
}

func excludeTypes(names []string) ([]enumspb.ResetReapplyExcludeType, error) {
	const signal, update = enumspb.RESET_REAPPLY_EXCLUDE_TYPE_SIGNAL, enumspb.RESET_REAPPLY_EXCLUDE_TYPE_UPDATE
	var all []enumspb.ResetReapplyExcludeType
	for _, name := range names {
		switch name {
		case signal.String():
			all = append(all, signal)
		case update.String():
			all = append(all, update)
		case "All":
			all = append(all, signal, update)
		default:
			return nil, usagef("--reapply-exclude %s: use one of %s, %s, All", name, signal, update)
		}
	}
	return all, nil
}

func (s *session) reset(ctx context.Context, o *workflowReset, excluded []enumspb.ResetReapplyExcludeType) error {
	description, err := s.describe(ctx, &o.execution)
	if err != nil {
		return err
	}
	// By its id: what is sent again must not reset the run that it has made.
	o.runID = description.GetWorkflowExecutionInfo().GetExecution().GetRunId()
	if o.eventID == 0 {
		if o.eventID, err = s.resetPoint(ctx, o); err != nil {
			return err
		}
	}
	reply := &workflowservice.ResetWorkflowExecutionResponse{}
	err = s.call(ctx, "ResetWorkflowExecution", &workflowservice.ResetWorkflowExecutionRequest{
		Namespace: s.Namespace, WorkflowExecution: o.proto(), Reason: o.reason, WorkflowTaskFinishEventId: o.eventID,
		RequestId: uuid.NewString(), ResetReapplyExcludeTypes: excluded, Identity: identity(),
	}, reply)
	if err != nil {
		return err
	}
	answer := struct {
		WorkflowID string `json:"workflowId"`
		RunID      string `json:"runId"`
		BaseRunID  string `json:"baseRunId"`
		EventID    int64  `json:"eventId"`
	}{o.workflowID, reply.GetRunId(), o.runID, o.eventID}
	return s.show(answer, func(int) []string {
		return []string{fmt.Sprintf("Workflow %s: reset to event %d of run %s; run %s goes on", o.workflowID, o.eventID, o.runID, answer.RunID)}
	})
}

// resetPoint is the first or last completed workflow task of a run, or, as long as it has completed none, the first that was scheduled.
func (s *session) resetPoint(ctx context.Context, o *workflowReset) (int64, error) {
	var completed, scheduled int64
	err := s.history(ctx, o.proto(), func(_ string, e *historypb.HistoryEvent) error {
		switch e.GetEventType() {
		case enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
			if completed == 0 || o.to.value == enumspb.RESET_TYPE_LAST_WORKFLOW_TASK {
				completed = e.GetEventId()
			}
		case enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED:
			if scheduled == 0 {
				scheduled = e.GetEventId() + 1
			}
		}
		return nil
	})
	point := cmp.Or(completed, scheduled)
	if err == nil && point == 0 {
		err = serviceerror.NewInvalidArgumentf("run %s of workflow %s has had no workflow task: there is nothing to reset to", o.runID, o.workflowID)
	}
	return point, err
}
