package machine

import (
	"math"
	"time"

	"google.golang.org/protobuf/proto"
)

// later is the time d behind at, or, where that is too far to be told, the last that can be.
func later(at int64, d time.Duration) int64 {
	if d > 0 && at > math.MaxInt64-int64(d) {
		return math.MaxInt64
	}
	return at + int64(d)
}

// NextDue is when the next thing of the run is due; zero: nothing is, ever.
func (r *Run) NextDue() time.Time {
	if !r.Open() {
		return time.Time{}
	}
	var next int64
	consider := func(at int64) {
		if at != 0 && (next == 0 || at < next) {
			next = at
		}
	}
	consider(r.runExpires())
	if r.inBackoff {
		consider(r.executionTime())
	}
	if r.task != nil {
		if r.taskStarted != nil {
			consider(r.taskStarted.time + int64(r.taskStarted.timeout))
		} else {
			consider(queueTime(r.task.DueTime, r.task.Queued))
		}
	}
	if r.buffersForNone() {
		consider(r.lastTime)
	}
	for _, timer := range r.timers {
		consider(timer.DueTime)
	}
	for _, a := range r.activities {
		at, _ := a.nextTimeout()
		consider(at)
		if a.startable() {
			consider(queueTime(a.DueTime, a.Queued))
		}
	}
	if next == 0 {
		return time.Time{}
	}
	return time.Unix(0, next)
}

// due lets happen what is due by now.
func (t *transaction) due() (proto.Message, error) {
	r := t.run
	if r == nil || !r.Open() {
		return nil, nil
	}
	if at := r.runExpires(); at != 0 && at <= t.now {
		t.runTimedOut()
		return nil, nil
	}
	if started := r.taskStarted; started != nil && started.time+int64(started.timeout) <= t.now {
		t.taskTimedOut()
	}
	if r.inBackoff && r.executionTime() <= t.now {
		t.backoffOver()
	}
	if r.buffersForNone() {
		t.flush()
		t.needWorkflowTask()
	}
	t.timeOutActivities()
	t.fireTimers()
	r.queueDue(t.now)
	return nil, nil
}
