package pull

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
)

func TestNeverMoreThanFreeSlots(t *testing.T) {
	f := newFixture(t)
	slots := NewSlots(3)
	f.publish(10)
	defer f.run(&Puller{Slots: slots})()
	for range 3 {
		f.receive()
	}
	require.NoError(t, f.conn.Flush())
	require.Equal(t, 3, f.info().NumAckPending)
	require.Empty(t, f.messages)

	slots.Give(1)
	require.NoError(t, Ack(f.conn, f.receive()))
	require.Zero(t, slots.Free())
	require.Eventually(t, func() bool { return f.info().NumAckPending == 3 }, 10*time.Second, time.Millisecond)
}

func TestHalfIsLeftFree(t *testing.T) {
	f := newFixture(t)
	slots := NewSlots(8)
	defer f.run(&Puller{Slots: slots, Half: true})()
	f.awaitOpened()
	require.Eventually(t, func() bool { return f.info().NumWaiting == 1 }, 10*time.Second, time.Millisecond)
	require.Equal(t, 4, slots.Free())
	require.Equal(t, 4, slots.Take(8), "they can be used for other tasks")
	f.publish(4)
	for range 4 {
		f.receive()
	}
}

func TestStopGivesBackWhatWasNotHandled(t *testing.T) {
	f := newFixture(t)
	slots := NewSlots(5)
	stop := f.run(&Puller{Slots: slots})
	f.awaitOpened()
	require.Eventually(t, func() bool { return f.info().NumWaiting == 1 }, 10*time.Second, time.Millisecond)
	stop()
	require.Equal(t, 5, slots.Free())
	f.publish(1)
	next := f.run(&Puller{Slots: slots})
	f.receive() // at once, not after the ack wait
	next()
	require.Equal(t, 4, slots.Free())
}

func TestTheQueueIsOpenedAgain(t *testing.T) {
	f := newFixture(t)
	slots := NewSlots(2)
	failures := 2
	defer f.run(&Puller{Slots: slots, Open: func(context.Context) (Source, error) {
		f.opened <- struct{}{}
		if failures--; failures >= 0 {
			return Source{}, errors.New("not yet")
		}
		f.makeConsumer()
		return Source{Stream: "TASKS", Consumer: "q"}, nil
	}})()
	for range 3 {
		f.awaitOpened()
	}
	require.Eventually(t, func() bool { return f.info().NumWaiting == 1 }, 10*time.Second, time.Millisecond)

	require.NoError(t, f.js.DeleteConsumer(f.within(), "TASKS", "q"))
	f.awaitOpened()
	f.publish(1)
	f.receive()
	require.Eventually(t, func() bool { return f.info().NumWaiting == 1 }, 10*time.Second, time.Millisecond)

	require.NoError(t, f.js.DeleteStream(f.within(), "TASKS"))
	f.makeQueue()
	f.awaitOpened()
	f.publish(1)
	f.receive()
	require.Equal(t, 0, slots.Free())
}

func TestAConsumerThatWasNeverThere(t *testing.T) {
	f := newFixture(t)
	tries := 0
	defer f.run(&Puller{Slots: NewSlots(2), Open: func(context.Context) (Source, error) {
		f.opened <- struct{}{}
		if tries++; tries == 1 {
			return Source{Stream: "TASKS", Consumer: "other"}, nil
		}
		return Source{Stream: "TASKS", Consumer: "q"}, nil
	}})()
	f.awaitOpened()
	f.awaitOpened()
	f.publish(1)
	f.receive()
}

func TestTheServerComesBack(t *testing.T) {
	f := newFixture(t)
	slots := NewSlots(2)
	defer f.run(&Puller{Slots: slots, Open: func(context.Context) (Source, error) {
		f.opened <- struct{}{}
		return Source{Stream: "TASKS", Consumer: "q"}, nil
	}})()
	f.awaitOpened()
	require.Eventually(t, func() bool { return f.info().NumWaiting == 1 }, 10*time.Second, time.Millisecond)
	f.restart()
	f.makeQueue()
	f.awaitOpened()
	f.publish(2)
	f.receive()
	f.receive()
	require.Equal(t, 0, slots.Free())
}

func TestADomain(t *testing.T) {
	require.Equal(t, "$JS.hub.API.CONSUMER.MSG.NEXT.S.C", Source{Stream: "S", Consumer: "C", Domain: "hub"}.subject())
	require.Equal(t, "$JS.API.CONSUMER.MSG.NEXT.S.C", Source{Stream: "S", Consumer: "C"}.subject())
}

func TestStopGivesBackWhatCameInTheMeantime(t *testing.T) {
	f := newFixture(t)
	slots := NewSlots(3)
	s, err := (&Puller{Conn: f.conn, Slots: slots}).begin(Source{Stream: "TASKS", Consumer: "q"})
	require.NoError(t, err)
	require.NoError(t, s.ask())
	f.publish(3)
	require.Eventually(t, func() bool { return len(s.messages) == 3 }, 10*time.Second, time.Millisecond)
	s.end(true)
	require.Equal(t, 3, slots.Free())
	defer f.run(&Puller{Slots: slots})()
	for range 3 {
		f.receive() // at once, not after the ack wait of a minute
	}
}

func TestRequestsThatVanishAreNoticed(t *testing.T) {
	f := newFixture(t)
	slots := NewSlots(3)
	s, err := (&Puller{Conn: f.conn, Slots: slots}).begin(Source{Stream: "TASKS", Consumer: "q"})
	require.NoError(t, err)
	require.NoError(t, s.ask())
	require.NoError(t, s.checkLost(time.Now()))
	require.ErrorContains(t, s.checkLost(time.Now().Add(expires+2*grace)), "3 messages")
	s.end(false)
	require.Equal(t, 3, slots.Free())
}

func TestARequestThatRanItsTimeGivesItsSlotsBack(t *testing.T) {
	f := newFixture(t)
	slots := NewSlots(3)
	s, err := (&Puller{Conn: f.conn, Slots: slots}).begin(Source{Stream: "TASKS", Consumer: "q"})
	require.NoError(t, err)
	require.NoError(t, s.ask())
	require.NoError(t, s.take(&nats.Msg{Header: nats.Header{"Status": {"408"}, "Nats-Pending-Messages": {"2"}}}))
	require.Equal(t, 2, slots.Free())
	require.ErrorContains(t, s.take(&nats.Msg{Header: nats.Header{"Status": {"408"}}}), "count of messages")
	require.ErrorContains(t, s.take(&nats.Msg{Header: nats.Header{"Status": {"409"}, "Description": {"Leadership Change"}}}), "Leadership Change")
	s.end(false)
	require.Equal(t, 3, slots.Free())
}

// No more is asked for at a time than there is room for, however many slots were made.
func TestNeverMoreAskedForThanTheLimit(t *testing.T) {
	f := newFixture(t)
	slots := NewNoSlots(2)
	for range 5 {
		slots.Add()
	}
	defer f.run(&Puller{Slots: slots})()
	f.awaitOpened()
	require.Eventually(t, func() bool { return f.info().NumWaiting == 1 }, 10*time.Second, time.Millisecond)
	require.Equal(t, 3, slots.Free())
	f.publish(5)
	for range 5 {
		f.receive()
	}
}
