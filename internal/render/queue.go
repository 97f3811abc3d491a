package render

import (
	"slices"
	"strconv"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
)

// TaskQueue is one kind of tasks of a queue.
type TaskQueue struct {
	Type        enumspb.TaskQueueType
	Description *workflowservice.DescribeTaskQueueResponse
}

// TaskQueues is the description of a queue: a line for each kind of tasks, then one for each poller.
func TaskQueues(kinds []TaskQueue, now time.Time, width int) []string {
	var tasks Rows
	tasks.Add("TASKS", "BACKLOG", "OLDEST", "ADDED/S", "DISPATCHED/S", "POLLERS")
	for _, kind := range kinds {
		stats := kind.Description.GetStats()
		oldest := "-"
		if stats.GetApproximateBacklogCount() > 0 {
			oldest = Duration(stats.GetApproximateBacklogAge().AsDuration())
		}
		tasks.Add(
			kind.Type.String(), strconv.FormatInt(stats.GetApproximateBacklogCount(), 10), oldest,
			rate(stats.GetTasksAddRate()), rate(stats.GetTasksDispatchRate()), strconv.Itoa(len(kind.Description.GetPollers())),
		)
	}
	lines := tasks.Lines(width)
	if pollers := pollerRows(kinds, now); len(pollers.rows) > 1 {
		lines = append(append(lines, ""), pollers.Lines(width)...)
	}
	return lines
}

// pollerRows are the pollers by identity, each with the kinds that it polls and when it was last seen.
func pollerRows(kinds []TaskQueue, now time.Time) *Rows {
	types, seen := map[string][]string{}, map[string]*taskqueuepb.PollerInfo{}
	var identities []string
	for _, kind := range kinds {
		for _, p := range kind.Description.GetPollers() {
			before := seen[p.GetIdentity()]
			if before == nil {
				identities = append(identities, p.GetIdentity())
			}
			if before == nil || p.GetLastAccessTime().AsTime().After(before.GetLastAccessTime().AsTime()) {
				seen[p.GetIdentity()] = p
			}
			types[p.GetIdentity()] = append(types[p.GetIdentity()], kind.Type.String())
		}
	}
	slices.Sort(identities)
	rows := &Rows{}
	rows.Add("POLLER", "TASKS", "LAST SEEN")
	for _, identity := range identities {
		when := "-"
		if last := seen[identity].GetLastAccessTime(); last != nil {
			when = Relative(last.AsTime(), now)
		}
		rows.Add(OneLine(identity), strings.Join(types[identity], ", "), when)
	}
	return rows
}

// rate is a number a second: with one decimal below a hundred, and 0 for none at all.
func rate(perSecond float32) string {
	switch {
	case perSecond == 0:
		return "0"
	case perSecond < 0.1:
		return "<0.1"
	case perSecond < 100:
		return strconv.FormatFloat(float64(perSecond), 'f', 1, 32)
	}
	return strconv.FormatFloat(float64(perSecond), 'f', 0, 32)
}
