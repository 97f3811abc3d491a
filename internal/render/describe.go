package render

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	historypb "go.temporal.io/api/history/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
)

// Workflow is the description of a run, as lines. The event is the last of its history that tells of a workflow task that
// failed or timed out, if the open one is not the first attempt, or nil.
func Workflow(d *workflowservice.DescribeWorkflowExecutionResponse, failed *historypb.HistoryEvent, now time.Time, width int) []string {
	info := d.GetWorkflowExecutionInfo()
	var rows Rows
	rows.Pair("Workflow", OneLine(info.GetExecution().GetWorkflowId()))
	rows.Pair("Run", info.GetExecution().GetRunId())
	rows.Pair("Type", OneLine(info.GetType().GetName()))
	rows.Pair("Status", info.GetStatus().String())
	rows.Pair("Task queue", OneLine(cmp.Or(info.GetTaskQueue(), d.GetExecutionConfig().GetTaskQueue().GetName())))
	rows.Pair("Parent", execution(info.GetParentExecution()))
	rows.Pair("Started", Time(info.GetStartTime(), now))
	if begins := info.GetExecutionTime(); begins.AsTime().After(info.GetStartTime().AsTime()) {
		rows.Pair("First task", Time(begins, now))
	}
	rows.Pair("Closed", Time(info.GetCloseTime(), now))
	if info.GetCloseTime() != nil {
		rows.Pair("Took", Duration(info.GetCloseTime().AsTime().Sub(info.GetStartTime().AsTime())))
	}
	rows.Pair("Time-outs", timeouts(d.GetExecutionConfig()))
	rows.Pair("Events", events(info))
	metadata := d.GetExecutionConfig().GetUserMetadata()
	rows.Pair("Summary", Text(metadata.GetSummary()))
	rows.Pair("Details", Text(metadata.GetDetails()))
	rows.Pair("Memo", Fields(info.GetMemo().GetFields()))
	rows.Pair("Search attributes", Fields(info.GetSearchAttributes().GetIndexedFields()))
	if d.GetWorkflowExtendedInfo().GetCancelRequested() {
		rows.Pair("Cancel", "requested")
	}
	if p := d.GetWorkflowExtendedInfo().GetPauseInfo(); p != nil {
		rows.Pair("Paused", Time(p.GetPausedTime(), now)+after(" ", by(p.GetIdentity()))+after(": ", OneLine(p.GetReason())))
	}
	rows.Pair("Workflow task", pendingTask(d.GetPendingWorkflowTask(), now))
	if d.GetPendingWorkflowTask() != nil && failed != nil {
		why, _ := workflowTask(failed)
		rows.Pair("Last failure", why)
	}
	lines := rows.Lines(width)
	if len(d.GetPendingActivities()) > 0 {
		lines = append(append(lines, "", "Pending activities"), activities(d.GetPendingActivities(), now, width)...)
	}
	if len(d.GetPendingChildren()) > 0 {
		lines = append(append(lines, "", "Pending children"), children(d.GetPendingChildren(), width)...)
	}
	return lines
}

// execution is a run and its workflow; nothing where there is none.
func execution(e *commonpb.WorkflowExecution) string {
	return OneLine(e.GetWorkflowId()) + after(", run ", e.GetRunId())
}

func timeouts(c *workflowpb.WorkflowExecutionConfig) string {
	if c == nil {
		return ""
	}
	return fmt.Sprintf("execution %s, run %s, workflow task %s", Timeout(c.GetWorkflowExecutionTimeout()),
		Timeout(c.GetWorkflowRunTimeout()), Timeout(c.GetDefaultWorkflowTaskTimeout()))
}

func events(info *workflowpb.WorkflowExecutionInfo) string {
	return fmt.Sprintf("%d, %s", info.GetHistoryLength(), Bytes(info.GetHistorySizeBytes()))
}

// Bytes is a size.
func Bytes(n int64) string {
	switch {
	case n < 1<<10:
		return strconv.FormatInt(n, 10) + " B"
	case n < 1<<20:
		return strconv.FormatFloat(float64(n)/(1<<10), 'f', 1, 64) + " KiB"
	}
	return strconv.FormatFloat(float64(n)/(1<<20), 'f', 1, 64) + " MiB"
}

func pendingTask(t *workflowpb.PendingWorkflowTaskInfo, now time.Time) string {
	if t == nil {
		return ""
	}
	since := t.GetScheduledTime()
	if t.GetStartedTime() != nil {
		since = t.GetStartedTime()
	}
	text := t.GetState().String()
	if since != nil {
		text += " " + Relative(since.AsTime(), now)
	}
	if t.GetAttempt() > 1 {
		text += fmt.Sprintf(", attempt %d", t.GetAttempt())
	}
	return text
}

func activities(pending []*workflowpb.PendingActivityInfo, now time.Time, width int) []string {
	var rows Rows
	rows.Add("  ID", "TYPE", "STATE", "ATTEMPT", "SINCE", "LAST FAILURE")
	for _, a := range pending {
		state := a.GetState().String()
		if pause := a.GetPauseInfo().GetManual(); pause != nil {
			state += after(" ", by(pause.GetIdentity())) + after(": ", OneLine(pause.GetReason()))
		}
		attempt := strconv.Itoa(int(a.GetAttempt()))
		if a.GetMaximumAttempts() > 0 {
			attempt += " of " + strconv.Itoa(int(a.GetMaximumAttempts()))
		}
		since := a.GetScheduledTime()
		if a.GetLastStartedTime() != nil {
			since = a.GetLastStartedTime()
		}
		when := ""
		if since != nil {
			when = Relative(since.AsTime(), now)
		}
		rows.Add("  "+OneLine(a.GetActivityId()), OneLine(a.GetActivityType().GetName()), state, attempt, when, Failure(a.GetLastFailure()))
	}
	return rows.Lines(width)
}

// children have no run as long as they have not started.
func children(pending []*workflowpb.PendingChildExecutionInfo, width int) []string {
	var rows Rows
	rows.Add("  WORKFLOW", "TYPE", "IF THE PARENT ENDS", "RUN")
	for _, c := range pending {
		rows.Add("  "+OneLine(c.GetWorkflowId()), OneLine(c.GetWorkflowTypeName()), c.GetParentClosePolicy().String(), c.GetRunId())
	}
	return rows.Lines(width)
}
