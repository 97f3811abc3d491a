//go:build chromium

package webtest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"

	"github.com/perdure/perdure/sdk/client"
)

// pause holds a workflow, and lets it go on: what came meanwhile is not lost.
func (s *site) pause(t *testing.T) {
	p := s.runPage(t, toPause, "/timeline")
	p.press(t, "Pause Workflow")
	p.enter(t, "#workflow-pause-details", "the shop is closed")
	p.confirm(t)
	p.shows(t, "PAUSED", "Unpause Workflow")
	p.well(t)
	s.awaitPaused(t, true)
	require.NoError(t, client.Signal(t.Context(), s.client, toPause, "", approve, approval{"ann"}))

	p.press(t, "Unpause Workflow")
	p.confirm(t)
	p.shows(t, "COMPLETED")
	p.well(t)
	s.awaitStatus(t.Context(), t, toPause, enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED)
}

func (s *site) awaitPaused(t *testing.T, want bool) {
	t.Helper()
	d, err := s.client.Describe(t.Context(), toPause, "")
	require.NoError(t, err)
	require.Equal(t, want, d.GetWorkflowExecutionInfo().GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_PAUSED)
	require.Equal(t, "the shop is closed", d.GetWorkflowExtendedInfo().GetPauseInfo().GetReason())
}

// reset begins a run again behind its first workflow task.
func (s *site) reset(t *testing.T) {
	p := s.runPage(t, toReset, "/timeline")
	p.press(t, "More Actions")
	p.click(t, testID("reset-button"), "")
	p.choose(t, "workflow-reset-event-id-select", "4 - WorkflowTaskCompleted")
	p.enter(t, "#reset-reason", "charged twice")
	p.confirm(t)
	p.shows(t, "TERMINATED")
	p.well(t)
	s.awaitStatus(t.Context(), t, toReset, enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED)
	d, err := s.client.Describe(t.Context(), toReset, "")
	require.NoError(t, err)
	require.NotEqual(t, s.runs[toReset], d.GetWorkflowExecutionInfo().GetExecution().GetRunId())
	s.reaches(t.Context(), t, toReset, "waiting for approval")
}

// update is answered, or refused with what the validator says.
func (s *site) update(t *testing.T) {
	p := s.runPage(t, toUpdate, "/timeline")
	p.press(t, "More Actions")
	p.click(t, testID("update-button"), "")
	p.choose(t, "update-select", "add")
	p.enter(t, "dialog[open] "+editor, `{"cents": 0}`)
	p.click(t, confirm, "")
	p.shows(t, "a surcharge is above zero")
	p.picture(t, "update")

	p = s.runPage(t, toUpdate, "/timeline")
	p.press(t, "More Actions")
	p.click(t, testID("update-button"), "")
	p.choose(t, "update-select", "add")
	p.enter(t, "dialog[open] "+editor, `{"cents": 500}`)
	p.confirm(t)
	p.shows(t, "Update successful")
	p.settle(t)
	require.Empty(t, p.troubles(nil), "the page has trouble")
	outcome := s.last(t, toUpdate).GetWorkflowExecutionUpdateCompletedEventAttributes().GetOutcome()
	require.Equal(t, "250500", string(outcome.GetSuccess().GetPayloads()[0].GetData()))
	p = s.runPage(t, toUpdate, "/history")
	p.shows(t, "Workflow Execution Update Accepted", "Workflow Execution Update Completed")
	p.well(t)
}

// changeActivity holds an activity between two attempts, changes its options, and begins it anew.
func (s *site) changeActivity(t *testing.T) {
	p := s.runPage(t, toRetry, "/pending-activities")
	is := func(ready func(*workflowpb.PendingActivityInfo) bool) {
		s.awaitActivity(t.Context(), t, toRetry, ready)
	}
	p.press(t, "Pause")
	p.enter(t, "#activity-pause-reason", "the bank is closed")
	p.confirm(t)
	is((*workflowpb.PendingActivityInfo).GetPaused)
	p.shows(t, "Unpause")

	p.press(t, "Update")
	p.enter(t, "#maximum-attempts", "7")
	p.picture(t, "activity-options")
	p.press(t, "Save")
	is(func(a *workflowpb.PendingActivityInfo) bool {
		return a.GetMaximumAttempts() == 7 && a.GetActivityOptions().GetStartToCloseTimeout().AsDuration() == 10*time.Minute
	})
	p.shows(t, "7")

	p.press(t, "Unpause")
	p.confirm(t)
	is(func(a *workflowpb.PendingActivityInfo) bool { return !a.GetPaused() && a.GetAttempt() == 5 }) // it went on at once

	p.press(t, "Reset")
	p.confirm(t)
	is(func(a *workflowpb.PendingActivityInfo) bool { return a.GetAttempt() < 5 })
	p.settle(t)
	require.Empty(t, p.troubles(nil), "the page has trouble")
}
