package render

import (
	"fmt"
	"time"

	historypb "go.temporal.io/api/history/v1"
)

// Events renders the events of one run, in order, one line each: id, clock time, time since
// the first event, type, and the attribute that tells most.
type Events struct {
	// Zone is of the clock times.
	Zone *time.Location
	// Width is how many columns a line may have; 0 is no limit.
	Width int

	start time.Time
	// What later events refer to by id.
	activities map[int64]string
	timers     map[int64]string
	signals    map[int64]string // to other workflows
	updates    map[int64]string
}

// typeColumn is as wide as the longest type's name that is common.
const typeColumn = 32

// Line is the line of the next event.
func (r *Events) Line(e *historypb.HistoryEvent) string {
	at := e.GetEventTime().AsTime()
	if r.start.IsZero() || e.GetEventId() == 1 {
		r.start = at
		r.activities, r.timers, r.signals, r.updates = map[int64]string{}, map[int64]string{}, map[int64]string{}, map[int64]string{}
	}
	line := fmt.Sprintf("%4d  %s  %8s  %-*s  %s", e.GetEventId(), at.In(r.zone()).Format("15:04:05.000"),
		"+"+Duration(at.Sub(r.start)), typeColumn, e.GetEventType(), r.detail(e))
	line = trimRight(line) + after("  # ", Text(e.GetUserMetadata().GetSummary()))
	return Clip(line, r.Width)
}

func (r *Events) zone() *time.Location {
	if r.Zone == nil {
		return time.Local
	}
	return r.Zone
}

func trimRight(s string) string {
	for s != "" && s[len(s)-1] == ' ' {
		s = s[:len(s)-1]
	}
	return s
}
