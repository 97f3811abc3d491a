package history

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"

	"github.com/perdure/perdure/api/recordpb"
)

// Who waits for an update of a run that is deleted is told what became of it, and the id is free for another.
func TestUpdatesOfARunThatIsDeleted(t *testing.T) {
	for _, named := range []bool{false, true} {
		u := newUpdated(t)
		runID := u.latest("w")
		left, leftPoll := u.decide(change("left", completed))[0], u.decide(pollUpdate("left"))[0]
		u.say(u.pull(), accept("left"))
		sent, sentPoll := u.decide(change("sent", accepted))[0], u.decide(pollUpdate("sent"))[0]
		task := u.pull()
		came := u.decide(change("came", completed))[0]
		u.requireWaiting(left, leftPoll, sent, sentPoll, came)
		name := ""
		if named {
			name = runID
		}
		u.must(deleteRun("w", name))
		u.requireClosedOver(left)
		u.requireClosedOver(leftPoll)
		for _, a := range []*asked{sent, sentPoll, came} {
			_, err := u.outcome(a)
			require.ErrorAs(t, err, new(*serviceerror.NotFound))
			require.EqualError(t, err, "workflow update was aborted by closing workflow")
		}
		u.requireNone(pollUpdate("left"), inRun(pollUpdate("left"), runID), change("other", completed), inRun(change("other", completed), runID))
		r := completion(task)
		accept("sent")(r)
		u.requireNone(r)
		require.Empty(t, u.active["w"].updates)
		u.removed()

		u.must(start("w"))
		u.must(completion(u.pull()))
		next := u.decide(change("left", completed))[0]
		u.say(u.pull(), accept("left"), respond("left", "2"))
		u.requireStage(next, completed, "2")
	}
}

// A rejection leaves no record in the log, nothing of the run, and nothing in OPEN; only an empty frame may stand for it.
func TestARejectedUpdateLeavesNoRecord(t *testing.T) {
	q := &queues{}
	p := newPlace(t, func(c *Config) { c.Matching, c.RestAfter = q, time.Nanosecond })
	u := updated{&queried{driven: p.drive(t), queues: q}}
	u.must(start("w"))
	u.must(completion(u.pull()))
	u.restAll()
	before := u.events("w")
	from, recorded, rested := u.acked, u.active["w"].recorded, p.openMessages(t)
	for range 3 {
		waits := u.decide(change("up", completed))[0]
		u.say(u.pull(), reject("up"))
		got, err := u.outcome(waits)
		require.NoError(t, err)
		require.Equal(t, "no", got.(progressed).GetOutcome().GetFailure().GetMessage())
	}
	require.Equal(t, before, u.events("w"))
	require.Zero(t, u.records(from), "records")
	require.Equal(t, recorded, u.active["w"].recorded)
	u.restAll()
	require.Equal(t, rested, p.openMessages(t))
	u.end()

	u = updated{&queried{driven: p.drive(t), queues: q, starts: 10}}
	waits := u.decide(change("up", completed))[0]
	u.say(u.pull(), accept("up"), respond("up", "2"))
	u.requireStage(waits, completed, "2")
	require.Equal(t, []enumspb.EventType{
		enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED, enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED, enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED,
		enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED,
	}, kinds(u.events("w")[len(before):]))
}

// records counts those that are in the log behind a sequence.
func (d *driven) records(behind uint64) (n int) {
	d.t.Helper()
	_, err := d.log.Read(within(d.t), behind+1, d.writer.Epoch(), func(_ uint64, frame *recordpb.Frame) error {
		n += len(frame.GetRecords().GetRecords())
		return nil
	})
	require.NoError(d.t, err)
	return n
}

// openMessages is how many messages OPEN has had.
func (p *place) openMessages(t testing.TB) uint64 {
	t.Helper()
	s, err := p.js.Stream(within(t), p.config.Names.OpenStream(p.settings.Incarnation))
	require.NoError(t, err)
	return s.CachedInfo().State.LastSeq
}

func kinds(events []*historypb.HistoryEvent) (kinds []enumspb.EventType) {
	for _, event := range events {
		kinds = append(kinds, event.EventType)
	}
	return kinds
}
