package temporalnats

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/sdk/internal/pull"
)

// parcel is a delivery that tells what became of it.
type parcel struct {
	delivery
	refused chan struct{}
}

func newParcel() *parcel {
	p := &parcel{refused: make(chan struct{}, 10)}
	p.open = func(context.Context, string) (proto.Message, bool) { return nil, true }
	p.refuse = func() { p.refused <- struct{}{} }
	return p
}

// beginPoll begins a poll and returns when it waits.
func beginPoll(t *testing.T, d *desk, abandoned bool) (got chan bool, end context.CancelFunc) {
	t.Helper()
	before := d.count()
	ctx, cancel := context.WithCancel(context.Background())
	got = make(chan bool, 1)
	go func() {
		_, ok := d.next(ctx, "worker", func() bool { return abandoned })
		got <- ok
	}()
	require.Eventually(t, func() bool { return d.count() > before }, patience, time.Millisecond)
	return got, cancel
}

const patience = 30 * time.Second

func (d *desk) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.waiting)
}

func TestADeliveryGoesToThePollThatWaitedLongest(t *testing.T) {
	d := &desk{slots: pull.NewNoSlots(10)}
	first, endFirst := beginPoll(t, d, false)
	defer endFirst()
	second, endSecond := beginPoll(t, d, false)
	require.Equal(t, 2, d.slots.Free())
	d.put(newParcel().delivery, 0)
	require.True(t, <-first)
	require.Equal(t, 1, d.slots.Free())
	endSecond()
	require.False(t, <-second)
	require.Zero(t, d.slots.Free())
}

func TestWhatNobodyWaitsForGoesBack(t *testing.T) {
	d := &desk{}
	p := newParcel()
	d.put(p.delivery, 0)
	<-p.refused

	held := newParcel()
	d.put(held.delivery, time.Millisecond)
	<-held.refused

	held = newParcel()
	d.put(held.delivery, time.Hour)
	_, ok := d.next(context.Background(), "", nil)
	require.True(t, ok, "the next poll takes what is held")

	held = newParcel()
	d.put(held.delivery, time.Hour)
	d.refuseHeld()
	<-held.refused
	after := newParcel()
	d.put(after.delivery, time.Hour)
	<-after.refused
}

// What waits in line keeps its place when what stood before it leaves.
func TestOneOfTheLineLeaves(t *testing.T) {
	d := &desk{}
	first, endFirst := beginPoll(t, d, false)
	defer endFirst()
	second, endSecond := beginPoll(t, d, false)
	third, endThird := beginPoll(t, d, false)
	defer endThird()
	endSecond()
	require.False(t, <-second)
	require.Equal(t, 2, d.count())
	d.put(newParcel().delivery, 0)
	require.True(t, <-first)
	d.put(newParcel().delivery, 0)
	require.True(t, <-third)

	lasting, brief, last := newParcel(), newParcel(), newParcel()
	d.put(lasting.delivery, time.Hour)
	d.put(brief.delivery, time.Millisecond)
	<-brief.refused
	d.put(last.delivery, time.Hour)
	for _, expected := range []*parcel{lasting, last} {
		v, ok := d.next(context.Background(), "", nil)
		require.True(t, ok)
		v.refuse()
		require.Len(t, expected.refused, 1)
	}
}

// When the last poll's caller has gone nothing is held for the next, until there is one.
func TestNothingIsHeldForACallerThatLeft(t *testing.T) {
	d := &desk{}
	got, leave := beginPoll(t, d, true)
	leave()
	require.False(t, <-got)
	p := newParcel()
	d.put(p.delivery, time.Hour)
	<-p.refused

	got, end := beginPoll(t, d, false)
	end()
	require.False(t, <-got)
	held := newParcel()
	d.put(held.delivery, time.Hour)
	require.Empty(t, held.refused)
	d.refuseHeld()
	<-held.refused
}

// A poll that ends while something is handed to it passes it on.
func TestALeavingPollLosesNothing(t *testing.T) {
	for range 1000 {
		d := &desk{slots: pull.NewNoSlots(10)}
		got, leave := beginPoll(t, d, true)
		p := newParcel()
		go leave()
		d.put(p.delivery, 0)
		if !<-got {
			<-p.refused
		}
		require.Empty(t, p.refused)
		require.Zero(t, d.count())
		require.Zero(t, d.slots.Free())
	}
}

// A worker's goodbye ends its polls, and no others; what comes for the last one then goes back.
func TestAGoodbyeEndsPolls(t *testing.T) {
	d := &desk{slots: pull.NewNoSlots(10)}
	one, endOne := beginPoll(t, d, false)
	defer endOne()
	two, endTwo := beginPoll(t, d, false)
	defer endTwo()
	d.end("another", "")
	require.Equal(t, 2, d.count())
	d.end("worker", "")
	require.False(t, <-one)
	require.False(t, <-two)
	require.Zero(t, d.count())
	require.Zero(t, d.slots.Free())
	p := newParcel()
	d.put(p.delivery, time.Hour)
	<-p.refused
	_, ok := d.next(context.Background(), "worker", nil)
	require.False(t, ok, "its goodbye came before it waited")
}

// A poll to which something is handed while its worker says goodbye still has it, or another gets it.
func TestAGoodbyeLosesNothing(t *testing.T) {
	for range 1000 {
		d := &desk{}
		got, leave := beginPoll(t, d, true)
		p := newParcel()
		go d.end("worker", "")
		d.put(p.delivery, 0)
		if !<-got {
			<-p.refused
		}
		leave()
		require.Empty(t, p.refused)
	}
}

func TestTheServiceIsToldAgainAndAgain(t *testing.T) {
	d, now := &desk{}, time.Now()
	told := func(identity string, at time.Time) (due, known bool) { return d.touch(identity, at) }
	due, known := told("a", now)
	require.True(t, due)
	require.False(t, known)
	due, known = told("a", now.Add(touchEvery/2))
	require.False(t, due)
	require.True(t, known)
	due, _ = told("b", now)
	require.True(t, due)
	due, _ = told("a", now.Add(touchEvery))
	require.True(t, due)
	d.touched("a", now.Add(2*touchEvery))
	due, _ = told("a", now.Add(touchEvery))
	require.False(t, due)
	d.end("worker", "a")
	due, _ = told("a", now.Add(touchEvery))
	require.True(t, due, "another polls under the identity of one that said goodbye")
	d.touched("b", time.Time{}) // it could not be told
	due, _ = told("b", now)
	require.True(t, due)
}

// What is kept for the next polls is bounded.
func TestNoMoreIsHeldThanMayBe(t *testing.T) {
	d := &desk{}
	for range mostHeld {
		d.put(newParcel().delivery, time.Hour)
	}
	p := newParcel()
	d.put(p.delivery, time.Hour)
	<-p.refused
	d.refuseHeld()
}
