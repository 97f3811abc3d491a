package history

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/perdure/perdure/history/rest"
	"github.com/perdure/perdure/history/stream"
)

// When a run is in HISTORY, nothing of it stays in OPEN: also where it is not known what is there.
func TestNothingOfAClosedRunStaysInOpen(t *testing.T) {
	for name, closed := range map[string]func(d *driven, recovered func()){
		"it was at rest": func(d *driven, _ func()) {
			d.write("w")
			d.closeIt()
		},
		"it rested after the last index, and closed behind a recovery": func(d *driven, recovered func()) {
			d.write("w")
			recovered()
			d.closeIt()
		},
		"a write in doubt, then it closed": func(d *driven, _ func()) {
			d.inDoubt(d.openWrite(d.active["w"]))
			d.closeIt()
		},
		"a write in doubt while it closed": func(d *driven, _ func()) {
			w := d.openWrite(d.active["w"])
			d.must(terminate("w"))
			d.inDoubt(w)
			d.archive()
		},
		"a write in doubt, and it was in HISTORY before that": func(d *driven, _ func()) {
			w := d.openWrite(d.active["w"])
			d.closeIt()
			d.inDoubt(w)
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := busyPlace(t, func(*Config) {})
			d := p.drive(t)
			d.run("w")
			closed(d, func() {
				d.end()
				*d = *p.drive(t)
			})
			d.writeIndex()
			d.helpers.Wait()
			open, err := stream.Of(p.config.JetStream, p.config.Names.OpenStream(p.settings.Incarnation)).State(within(t))
			require.NoError(t, err)
			require.NotZero(t, open.Last, "nothing was written to OPEN")
			require.Zero(t, open.Messages)
		})
	}
}

// closeIt closes the run of workflow "w" and has it written to HISTORY.
func (d *driven) closeIt() {
	d.t.Helper()
	d.must(terminate("w"))
	d.archive()
}

// inDoubt writes a run to OPEN, of which the loop learns that it failed.
func (d *driven) inDoubt(w openWrite) {
	d.t.Helper()
	d.quiet()
	results := d.store.WriteOpen(within(d.t), []rest.Run{w.run})
	require.NoError(d.t, results[0].Err)
	results[0].Err = rest.ErrDoubtful
	require.NoError(d.t, d.openRested(&restWritten{[]openWrite{w}, results}))
}

// What is not done stays, in its order; what was not tried does, too.
func TestForgetClosed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := &restState{}
		for range rapid.IntRange(0, 9).Draw(t, "closed") {
			r.closed = append(r.closed, closedOf{run: &closedRun{}})
		}
		before, tried := slices.Clone(r.closed), map[*closedRun]bool{}
		for _, c := range before {
			if rapid.Bool().Draw(t, "tried") {
				tried[c.run] = rapid.Bool().Draw(t, "done")
			}
		}
		r.forgetClosed(tried)
		want := slices.DeleteFunc(before, func(c closedOf) bool { return tried[c.run] })
		require.True(t, slices.Equal(want, r.closed))
	})
}
