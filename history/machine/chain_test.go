package machine_test

import (
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/history/machine"
)

// isReset tells a run that begins with the history of another.
func isReset(run *machine.Run) bool { return run.Snapshot().OfReset != nil }

// checkChains checks that each run that follows another is the one that the other's last event names, and begins
// as one of its chain.
func (w *world) checkChains() error {
	runs := w.runs()
	for i, run := range runs {
		events := eventsOf(run)
		start := startOf(run)
		if isReset(run) { // its first event is of another
			continue
		}
		if start.ContinuedExecutionRunId != "" && (i == 0 || runs[i-1].RunID() != start.ContinuedExecutionRunId) {
			return fmt.Errorf("run %s continues %s, which is not the one before", run.RunID(), start.ContinuedExecutionRunId)
		}
		if start.ContinuedExecutionRunId == "" && start.FirstExecutionRunId != run.RunID() {
			return fmt.Errorf("run %s continues none, and its first run is %s", run.RunID(), start.FirstExecutionRunId)
		}
		next := nextRunOf(events[len(events)-1])
		if next == "" {
			continue
		}
		if i+1 == len(runs) || runs[i+1].RunID() != next {
			return fmt.Errorf("run %s names %s as the next, which is not", run.RunID(), next)
		}
		if err := checkSuccessor(events, eventsOf(runs[i+1])); err != nil {
			return fmt.Errorf("run %s behind %s: %w", next, run.RunID(), err)
		}
	}
	return nil
}

func startOf(run *machine.Run) *historypb.WorkflowExecutionStartedEventAttributes {
	return eventsOf(run)[0].GetWorkflowExecutionStartedEventAttributes()
}

// nextRunOf is the run that a closing event names; empty for none, and for any other event.
func nextRunOf(event *historypb.HistoryEvent) string {
	switch a := event.Attributes.(type) {
	case *historypb.HistoryEvent_WorkflowExecutionCompletedEventAttributes:
		return a.WorkflowExecutionCompletedEventAttributes.NewExecutionRunId
	case *historypb.HistoryEvent_WorkflowExecutionFailedEventAttributes:
		return a.WorkflowExecutionFailedEventAttributes.NewExecutionRunId
	case *historypb.HistoryEvent_WorkflowExecutionTimedOutEventAttributes:
		return a.WorkflowExecutionTimedOutEventAttributes.NewExecutionRunId
	case *historypb.HistoryEvent_WorkflowExecutionContinuedAsNewEventAttributes:
		return a.WorkflowExecutionContinuedAsNewEventAttributes.NewExecutionRunId
	}
	return ""
}

// checkSuccessor compares the events of a run with those of the one that follows it.
func checkSuccessor(events, next []*historypb.HistoryEvent) error {
	a, b := events[0].GetWorkflowExecutionStartedEventAttributes(), next[0].GetWorkflowExecutionStartedEventAttributes()
	last := events[len(events)-1]
	attempt := int32(1)
	if b.Initiator == enumspb.CONTINUE_AS_NEW_INITIATOR_RETRY {
		attempt = a.Attempt + 1
	}
	switch {
	case a.FirstExecutionRunId != b.FirstExecutionRunId:
		return fmt.Errorf("of the chain of %s, not %s", b.FirstExecutionRunId, a.FirstExecutionRunId)
	case b.Attempt != attempt:
		return fmt.Errorf("attempt %d, not %d", b.Attempt, attempt)
	case !proto.Equal(a.WorkflowExecutionExpirationTime, b.WorkflowExecutionExpirationTime):
		return fmt.Errorf("expires at %v, not %v", b.WorkflowExecutionExpirationTime, a.WorkflowExecutionExpirationTime)
	case !last.EventTime.AsTime().Equal(next[0].EventTime.AsTime()):
		return fmt.Errorf("begins at %v, not %v", next[0].EventTime, last.EventTime)
	case b.Initiator == enumspb.CONTINUE_AS_NEW_INITIATOR_CRON_SCHEDULE && b.CronSchedule == "":
		return fmt.Errorf("of a schedule, and has none")
	}
	return nil
}
