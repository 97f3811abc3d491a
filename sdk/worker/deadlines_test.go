package worker

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/durationpb"
)

// hanger is a parent that counts its children: all that were made, and those that still hang on it since they
// have neither been canceled nor come to their deadline. It never ends.
type hanger struct {
	context.Context
	done          chan struct{}
	made, hanging atomic.Int64
}

func newHanger() *hanger { return &hanger{Context: context.Background(), done: make(chan struct{})} }

func (h *hanger) Done() <-chan struct{} { return h.done }

// AfterFunc is what package context calls for each child.
func (h *hanger) AfterFunc(func()) (stop func() bool) {
	h.made.Add(1)
	h.hanging.Add(1)
	return func() bool {
		h.hanging.Add(-1)
		return true
	}
}

func TestTasksOfTheSameTimeShareAContext(t *testing.T) {
	parent, end := context.WithCancel(context.Background())
	d := newDeadlines(parent)
	began := time.Now()
	ctx, cancel := d.within(time.Hour)
	again, cancelAgain := d.within(time.Hour)
	defer cancelAgain()
	other, cancelOther := d.within(time.Hour + 1)
	defer cancelOther()
	require.Equal(t, ctx, again)
	require.NotEqual(t, ctx, other)
	deadline, ok := ctx.Deadline()
	require.True(t, ok)
	require.False(t, deadline.Before(began.Add(time.Hour)))
	cancel()
	require.NoError(t, again.Err(), "one that shares it goes on")
	end()
	require.ErrorIs(t, ctx.Err(), context.Canceled)
}

// However many time-outs there are, what hangs on the parent is bounded.
func TestManyTimeouts(t *testing.T) {
	const count = 10 * mostShared
	parent := newHanger()
	d := newDeadlines(parent)
	for i := range count {
		ctx, cancel := d.within(time.Duration(i+1) * time.Hour)
		require.NoError(t, ctx.Err())
		cancel()
	}
	require.EqualValues(t, count, parent.made.Load())
	require.EqualValues(t, mostShared, parent.hanging.Load())
}

// Reports leave nothing behind, however long their activities might have taken.
func TestReportsOfActivitiesWithLongTimeouts(t *testing.T) {
	const (
		count  = 100
		shared = 17 // of the one time-out for starting a task, made every sixteenth of it
	)
	f := newFixture(t)
	w := f.worker(t, Options{}, charge.Implement(chargeOne))
	parent := newHanger()
	w.calling.Context, w.deadlines.parent = parent, parent // before there are tasks
	for i := range count {
		f.offer(t, &workflowservice.PollActivityTaskQueueResponse{
			StartToCloseTimeout: durationpb.New(time.Duration(i+1) * time.Hour),
		}, "RespondActivityTaskCompleted")
	}
	require.NoError(t, w.Stop()) // all have returned
	require.Greater(t, parent.made.Load(), int64(count))
	require.LessOrEqual(t, parent.hanging.Load(), int64(shared))
}
