package engine

import (
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"

	"github.com/perdure/perdure/sdk/internal/command"
)

// turn is one workflow task as the history shows it: what happened before it, and its start. Tasks
// that failed or timed out are no turns; what happened before them belongs to the next.
type turn struct {
	events  []*historypb.HistoryEvent // without those of workflow tasks, but for a reset's, and commands
	started *historypb.HistoryEvent
}

// settlement is how a turn was answered: its completion, and the events of its commands.
type settlement struct {
	completed *historypb.HistoryEvent
	commands  []*historypb.HistoryEvent
}

// stretch is a piece of history, cut into turns. settled[i] answers turns[i-1], and settled[0] a turn
// of an earlier stretch; they are nil where the stretch has no answer. There is one more settlement
// than there are turns.
type stretch struct {
	turns   []turn
	settled []*settlement
	rest    []*historypb.HistoryEvent // after the last start and its answer; belongs to the next turn
}

// cut cuts events into turns. The first event follows what was cut before, whose rest it contains.
func cut(events []*historypb.HistoryEvent) (stretch, error) {
	s := stretch{settled: []*settlement{nil}}
	for i := 0; i < len(events); i++ {
		e := events[i]
		answer := len(s.turns) // index of the settlement that events here belong to
		switch t := e.GetEventType(); {
		case t == enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
			if s.settled[answer] != nil || len(s.rest) > 0 {
				return s, damaged(e, "it answers no workflow task")
			}
			s.settled[answer] = &settlement{completed: e}
		case command.IsCommandEvent(t):
			if s.settled[answer] == nil {
				return s, damaged(e, "no workflow task was completed before it")
			}
			s.settled[answer].commands = append(s.settled[answer].commands, e)
		case t == enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED:
			if i+1 < len(events) {
				switch events[i+1].GetEventType() {
				case enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
				case enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED, enumspb.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT:
					continue
				default:
					return s, damaged(events[i+1], "a workflow task was started before it, and is neither completed nor failed nor timed out")
				}
			}
			s.turns = append(s.turns, turn{events: s.rest, started: e})
			s.settled = append(s.settled, nil)
			s.rest = nil
		case isReset(e):
			s.rest = append(s.rest, e)
		case t == enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED, t == enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED, t == enumspb.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT:
		default:
			s.rest = append(s.rest, e)
		}
	}
	return s, nil
}

// isReset tells whether a new run begins behind an event, whose history up to there is another's.
func isReset(e *historypb.HistoryEvent) bool {
	return e.GetWorkflowTaskFailedEventAttributes().GetCause() == enumspb.WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW
}

// contiguous checks that events are numbered one by one, from first on.
func contiguous(events []*historypb.HistoryEvent, first int64) error {
	for i, e := range events {
		if want := first + int64(i); e.GetEventId() != want {
			return fmt.Errorf("%w: event %d comes where %d has to", ErrHistoryGap, e.GetEventId(), want)
		}
	}
	return nil
}

func damaged(e *historypb.HistoryEvent, why string) *TaskFailure {
	return nonDeterminism("the history is damaged at event %d %s: %s; compare it with the server's, and terminate the workflow and start it again if it is the same", e.GetEventId(), e.GetEventType(), why)
}
