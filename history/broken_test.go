package history

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/api"
)

// notUTF8 cannot be encoded, which is noticed when the state has changed. The gateway lets it through nowhere.
const notUTF8 = "\xff"

// breakRun has a request break the workflow's run.
func (d *driven) breakRun(id string) {
	d.t.Helper()
	broken := d.decide(signal(id, notUTF8))[0]
	_, err := d.outcome(broken)
	require.ErrorAs(d.t, err, new(*serviceerror.Internal))
	require.ErrorContains(d.t, err, fmt.Sprintf("workflow %q", id))
	require.ErrorContains(d.t, err, "do not repeat it")
}

// mend lets the runs be read again.
func (d *driven) mend() {
	d.t.Helper()
	d.until(func() bool {
		d.readBroken()
		return len(d.broken.waiting) == 0 && !d.broken.reading
	})
}

// Wherever the records of a run are, what a failed decision did to it is gone, and it goes on.
func TestBrokenRunIsReadAgain(t *testing.T) {
	for name, prepare := range map[string]func(d *driven){
		"log":          func(d *driven) { d.must(signal("broken", "one")) },
		"rest":         func(d *driven) { d.must(signal("broken", "one")); d.write("broken") },
		"rest and log": func(d *driven) { d.write("broken"); d.must(signal("broken", "one")) },
		"in flight":    func(d *driven) { d.write("broken"); d.decide(signal("broken", "one")) },
		"the same frame": func(d *driven) {
			d.write("broken")
			require.NoError(d.t, d.handle(newRequest(d.t, signal("broken", "one")).request))
		},
		"being written": func(d *driven) {
			d.write("broken")
			d.decide(signal("broken", "one"))
			d.writeOpen([]openWrite{d.openWrite(d.active["broken"])})
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := busyPlace(t, func(*Config) {})
			d := p.drive(t)
			d.must(start("broken"), start("other"))
			prepare(d)
			names := []string{"one"}
			for n := range 3 {
				d.breakRun("broken")
				require.Nil(t, d.active["broken"].Run, "its state is kept")
				waits := d.decide(signal("broken", fmt.Sprintf("behind-%d", n)))[0]
				d.must(signal("other", "undisturbed"))
				require.Empty(t, waits.outcome, "it is served with a broken state")
				d.mend()
				_, err := d.outcome(waits)
				require.NoError(t, err)
				names = append(names, fmt.Sprintf("behind-%d", n))
				require.Equal(t, names, d.signals("broken"))
			}
			require.Len(t, d.signals("other"), 3)
			require.Empty(t, d.rest.removals, "the run is taken for closed")
			d.checkAgain(p, "broken", names)

			d.end() // and so with records of an earlier epoch
			d = p.drive(t)
			d.breakRun("broken")
			d.mend()
			d.must(signal("broken", "two"))
			d.checkAgain(p, "broken", append(names, "two"))
		})
	}
}

// write writes the run to rest.
func (d *driven) write(id string) {
	d.t.Helper()
	d.quiet()
	d.writeOpen([]openWrite{d.openWrite(d.active[id])})
	d.until(func() bool { return !d.rest.writingOpen })
	require.Zero(d.t, d.active[id].unrested)
}

// An index that is written while a run is broken has it.
func TestBrokenRunIsInTheIndex(t *testing.T) {
	p := busyPlace(t, func(*Config) {})
	d := p.drive(t)
	d.must(start("broken"))
	d.write("broken")
	d.must(start("other"))
	d.write("other")
	d.breakRun("broken")
	d.writeIndex()
	d.end()

	d = p.drive(t)
	require.True(t, d.index["broken"].owes)
	d.must(signal("broken", "one"))
	require.Equal(t, []string{"one"}, d.signals("broken"))
}

// A run is not read while a record of it is in flight: it may not be in the log yet.
func TestBrokenRunWaitsForItsRecords(t *testing.T) {
	p := busyPlace(t, func(*Config) {})
	d := p.drive(t)
	d.must(start("broken"))
	d.decide(signal("broken", "one"), signal("broken", notUTF8))
	require.NotEmpty(t, d.flight)
	d.readBroken()
	require.False(t, d.broken.reading)
	d.mend()
	d.checkAgain(p, "broken", []string{"one"})
}

// Runs that are broken at the same time are read in one go, each from where its own rest ends.
func TestBrokenRunsAreReadAtOnce(t *testing.T) {
	p := busyPlace(t, func(*Config) {})
	d := p.drive(t)
	d.must(start("early"))
	d.must(start("late"))
	d.must(signal("late", "at rest"))
	d.write("late")
	d.must(signal("late", "behind"))
	d.breakRun("early")
	d.breakRun("late")
	d.readBroken()
	require.Empty(t, d.broken.waiting, "both are being read")
	d.mend()
	d.checkAgain(p, "early", nil)
	d.checkAgain(p, "late", []string{"at rest", "behind"})
}

// A request that fails in the middle of beginning a run leaves what was there: nothing, or a closed run.
func TestBrokenStart(t *testing.T) {
	d := busyPlace(t, func(*Config) {}).drive(t)
	begin := func() error {
		request := &workflowservice.SignalWithStartWorkflowExecutionRequest{WorkflowId: "broken", SignalName: notUTF8}
		from := start("broken")
		request.WorkflowType, request.TaskQueue, request.RequestId = from.WorkflowType, from.TaskQueue, from.RequestId
		_, err := d.outcome(d.decide(request)[0])
		return err
	}
	require.ErrorAs(t, begin(), new(*serviceerror.Internal))
	_, err := d.outcome(d.decide(signal("broken", "one"))[0])
	require.ErrorAs(t, err, new(*serviceerror.NotFound))

	d.must(start("broken"))
	d.must(&workflowservice.TerminateWorkflowExecutionRequest{WorkflowExecution: signal("broken", "").WorkflowExecution})
	before := d.events("broken")
	require.ErrorAs(t, begin(), new(*serviceerror.Internal))
	require.Len(t, d.events("broken"), len(before))
	d.must(start("broken"))
	require.Less(t, len(d.events("broken")), len(before))
}

// What is due may be what breaks the run: it is not tried again at once.
func TestBrokenRunIsDueLater(t *testing.T) {
	d := busyPlace(t, func(*Config) {}).drive(t)
	due := start("broken")
	due.WorkflowRunTimeout = durationpb.New(time.Second)
	d.must(due)
	e := d.active["broken"]
	d.throwAway(e, latest(e), nil, context.Canceled)
	require.Zero(t, e.due.at)
	d.mend()
	require.Greater(t, e.due.at, time.Now().Add(retryLoad/2).UnixNano())
}

// A served shard answers a request that breaks a run each time, and does not recover.
func TestBrokenRunDisturbsNoOther(t *testing.T) {
	var logged lines
	p := newPlace(t, func(c *Config) { c.Logger = zerolog.New(&logged) })
	s, err := New(p.config)
	require.NoError(t, err)
	require.NoError(t, s.OpenNamespace(within(t), "test"))
	t.Cleanup(func() { require.NoError(t, s.Stop(context.Background())) })
	call := func(message proto.Message) error {
		ctx, failed := within(t), make(chan error, 1)
		s.Execute(ctx, api.Call{Namespace: "test", Request: message}, func(_ proto.Message, err error) { failed <- err })
		select {
		case err := <-failed:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	require.NoError(t, call(start("broken")))
	require.NoError(t, call(start("other")))
	for range 3 {
		require.ErrorAs(t, call(signal("broken", notUTF8)), new(*serviceerror.Internal))
		require.NoError(t, call(signal("other", "undisturbed")))
	}
	require.NoError(t, call(signal("broken", "one")))
	require.NotContains(t, logged.String(), "recovers")
}

// lines are what was logged.
type lines struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buffer.Write(line)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buffer.String()
}
