package machine

import (
	"cmp"
	"encoding/binary"
	"hash/fnv"
	"slices"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/serviceerror"
)

// activityChoice is how the requests of operators name activities: one by its id, all of a type, or all.
type activityChoice struct {
	id, activityType string
	all              bool
}

// choose finds the pending activities of the open run that a request names, in the order of their scheduling. It is an
// error when there is none.
func (t *transaction) choose(execution *commonpb.WorkflowExecution, choice activityChoice) ([]*activity, error) {
	r, err := t.openRun(execution.GetWorkflowId(), execution.GetRunId())
	if err != nil {
		return nil, err
	}
	var chosen []*activity
	for _, a := range r.activities {
		switch {
		case choice.all,
			choice.activityType != "" && choice.activityType == a.scheduled.ActivityType.GetName(),
			choice.id != "" && choice.id == a.ActivityId:
			chosen = append(chosen, a)
		}
	}
	if len(chosen) == 0 {
		return nil, serviceerror.NewNotFound("Can't find pending activity with such ID. Invalid activityID or activity already completed")
	}
	slices.SortFunc(chosen, func(a, b *activity) int { return cmp.Compare(a.ScheduledEventId, b.ScheduledEventId) })
	return chosen, nil
}

// soon is a moment from now on that is less than jitter away, another for each activity. The chance in it is
// that of the run id that comes with each request.
func (t *transaction) soon(a *activity, jitter time.Duration) int64 {
	if jitter <= 0 {
		return t.now
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(t.in.RunID)) // it never fails
	_, _ = h.Write(binary.AppendVarint(nil, a.ScheduledEventId))
	return t.now + int64(h.Sum64()%uint64(jitter))
}
