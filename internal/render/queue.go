package render

import (
	"strconv"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
)

// TaskQueue is one kind of tasks of a queue.
type TaskQueue struct {
	Type        enumspb.TaskQueueType
	Description *workflowservice.DescribeTaskQueueResponse
}

// TaskQueues is the description of a queue: backlog, then pollers.
func TaskQueues(kinds []TaskQueue, now time.Time, width int) []string {
	var backlog, pollers Rows
	backlog.Add("TASKS", "BACKLOG", "OLDEST", "POLLERS")
	pollers.Add("POLLER", "TASKS", "LAST SEEN")
	for _, kind := range kinds {
		stats := kind.Description.GetStats()
		oldest := "-"
		if stats.GetApproximateBacklogCount() > 0 {
			oldest = Duration(stats.GetApproximateBacklogAge().AsDuration())
		}
		seen := kind.Description.GetPollers()
		backlog.Add(kind.Type.String(), strconv.FormatInt(stats.GetApproximateBacklogCount(), 10), oldest, strconv.Itoa(len(seen)))
		for _, p := range seen {
			when := "-"
			if p.GetLastAccessTime() != nil {
				when = Relative(p.GetLastAccessTime().AsTime(), now)
			}
			pollers.Add(OneLine(p.GetIdentity()), kind.Type.String(), when)
		}
	}
	lines := backlog.Lines(width)
	if len(pollers.rows) > 1 {
		lines = append(append(lines, ""), pollers.Lines(width)...)
	}
	return lines
}
