package history

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/api/recordpb"
	"github.com/perdure/perdure/history/machine"
	"github.com/perdure/perdure/history/rest"
)

// busyPlace is where runs rest for how old their records are, and never for being idle.
func busyPlace(t *testing.T, change func(*Config)) *place {
	return newPlace(t, func(c *Config) {
		c.RestAfter, c.RestBusy = time.Hour, time.Hour
		change(c)
	})
}

// A run that has a record in flight whenever it is looked at is written to rest as it was then, once that
// record is acknowledged; and what came behind is found by a recovery, once.
func TestRunRestsWithARecordInFlight(t *testing.T) {
	p := busyPlace(t, func(c *Config) { c.RestBusy = time.Nanosecond })
	d := p.drive(t)
	d.must(start("busy"))
	var names []string
	send := func() {
		names = append(names, fmt.Sprintf("signal-%d", len(names)))
		d.decide(signal("busy", names[len(names)-1]))
	}
	for ticks := 0; ticks < 3*busyTicks && !d.rest.writingOpen; ticks++ {
		d.quiet()
		for range d.config.InFlight + 1 {
			send()
		}
		require.False(t, d.frame.empty(), "the last one waits for a frame before it")
		d.restTick()
		require.NoError(t, d.turn())
		require.False(t, d.rest.writingOpen, "where its record is to be in the log is not known yet")
		send()
		d.until(d.frame.empty)
		require.Greater(t, d.active["busy"].recorded, d.acked, "no record is in flight")
		d.helpers.Wait()
		require.NoError(t, d.turn())
		require.Nil(t, d.active["busy"].rested, "it is written before its record is acknowledged")
	}
	send()
	e := d.active["busy"]
	require.True(t, e.writing, "it is passed over for ever")
	d.until(func() bool { return !e.writing })
	require.NotNil(t, e.rested)
	require.Equal(t, e.rested.logSequence+1, e.unrested, "the signal behind is not at rest")
	require.Equal(t, names, d.signals("busy"))

	d.checkAgain(p, "busy", names)
	d.writeIndex()
	d.checkAgain(p, "busy", names)
}

// checkAgain recovers the shard, beside the loop, and compares the signals of a run.
func (d *driven) checkAgain(p *place, id string, names []string) {
	d.t.Helper()
	sh := p.shard(d.t)
	require.NoError(d.t, sh.openLog(within(d.t)))
	l, _, err := sh.replay(within(d.t))
	require.NoError(d.t, err)
	have, want := l.active[id].Run, d.active[id].Run
	require.Equal(d.t, want.Batches(), have.Batches())
	require.Equal(d.t, recorded(want).String(), recorded(have).String())
	require.Equal(d.t, names, d.signals(id))
}

// recorded is a run's state but for when its task was last queued, which no record says.
func recorded(run *machine.Run) *recordpb.RunState {
	state := run.Snapshot()
	state.WorkflowTask.Queued = nil
	return state
}

// writeIndex has the index written, and the log cut.
func (d *driven) writeIndex() {
	d.t.Helper()
	d.check.logBytes += d.config.CutBytes
	d.checkpoint()
	require.True(d.t, d.check.writing)
	d.until(func() bool { return !d.check.writing })
}

// A run whose oldest record has much log behind it is written to rest, whatever its age; and so it is
// when most of that log was written before a recovery.
func TestBusyRunsRestByHowMuchLogTheyHold(t *testing.T) {
	for _, recovered := range []bool{false, true} {
		t.Run(fmt.Sprintf("recovered=%v", recovered), func(t *testing.T) {
			const bytes = 16 << 10
			p := busyPlace(t, func(c *Config) { c.RestBytes = bytes })
			d := p.drive(t)
			d.must(start("early"))
			for n := 0; d.check.logBytes < bytes*3/4; n++ {
				d.must(start(fmt.Sprintf("between-%d", n)))
				d.restTick()
				d.quiet()
			}
			d.must(start("late"))
			if recovered {
				d.end()
				d = p.drive(t)
			}
			require.Nil(t, d.active["early"].rested)
			for n := 0; d.check.logBytes < bytes*5/4; n++ {
				d.must(start(fmt.Sprintf("behind-%d", n)))
				d.restTick()
				d.quiet()
			}
			d.until(func() bool { return !d.rest.writingOpen })
			require.NotNil(t, d.active["early"].rested)
			require.Zero(t, d.active["early"].unrested)
			require.Nil(t, d.active["late"].rested, "there is not much log behind it")
		})
	}
}

// However long runs stay busy, their log is bounded.
func TestLogOfBusyRunsIsBounded(t *testing.T) {
	const bytes = 32 << 10
	p := busyPlace(t, func(c *Config) { c.RestBytes, c.CutBytes = bytes, bytes })
	d := p.drive(t)
	const runs, some, rounds = 240, 10, 100
	for n := range runs {
		d.must(start(fmt.Sprintf("busy-%d", n)))
	}
	written := uint64(0)
	for round := range rounds {
		for n := range some {
			d.must(signal(fmt.Sprintf("busy-%d", (round*some+n)%runs), strings.Repeat("x", 200)))
		}
		d.restTick()
		d.checkpoint()
		d.until(func() bool { return !d.check.writing && !d.rest.writingOpen })
		state, err := d.log.State(within(t))
		require.NoError(t, err)
		require.Less(t, state.Bytes, uint64(5*bytes), "round %d", round)
		written = d.check.written()
	}
	require.Greater(t, written, uint64(12*bytes))
}

// More entries that must stay in memory than one look passes do not keep those behind them from rest.
func TestEntriesInUseStarveNobody(t *testing.T) {
	d := newPlace(t, func(c *Config) { c.RestAfter = time.Nanosecond }).drive(t)
	for n := range restScan + 1 {
		d.enter(fmt.Sprintf("pinned-%d", n)).pins = 1
	}
	d.must(start("idle"))
	require.Equal(t, d.active["idle"].lru, d.lru.Back())
	for look := 0; d.index["idle"] == nil; look++ {
		require.Less(t, look, 4, "it is starved")
		d.restTick()
		d.until(func() bool { return !d.rest.writingOpen })
	}
	require.Len(t, d.active, restScan+1)
}

// Runs that cannot be written, as many as are written at a time, do not keep those behind them from rest.
func TestRunsThatCannotRestStarveNobody(t *testing.T) {
	d := newPlace(t, func(c *Config) { c.RestAfter = time.Nanosecond }).drive(t)
	for n := range restBatch {
		d.must(start(fmt.Sprintf("large-%d", n)))
	}
	d.must(start("idle"))
	for look := 0; d.index["idle"] == nil; look++ {
		require.Less(t, look, 4, "it is starved")
		// What the helper would answer if those runs were too large.
		var written restWritten
		for _, w := range d.restIdle(nil) {
			result := rest.Result{Err: rest.ErrTooLarge}
			if w.run.WorkflowID == "idle" {
				result = rest.Result{Sequences: []uint64{1}}
			}
			written.writes, written.results = append(written.writes, w), append(written.results, result)
		}
		require.NoError(t, d.openRested(&written))
	}
	require.Len(t, d.active, restBatch)
}

// Marks become old by time or by bytes, the first of both.
func TestLogAge(t *testing.T) {
	var a logAge
	began := time.Now()
	pass := func(sequence uint64, seconds int, written uint64) uint64 {
		a.pass(logMark{sequence, began.Add(time.Duration(seconds) * time.Second), written}, 30*time.Second, 1000)
		return a.old
	}
	require.Zero(t, pass(1, 0, 100))
	require.Zero(t, pass(2, 10, 200))
	require.Zero(t, pass(3, 29, 300))
	require.EqualValues(t, 100, a.grown(400))
	require.EqualValues(t, 1, pass(4, 30, 400))
	require.EqualValues(t, 2, pass(5, 31, 1200))
	require.EqualValues(t, 4, pass(6, 32, 1400))
	require.EqualValues(t, 6, pass(7, 90, 1400))
	require.Len(t, a.marks, 1)
}
