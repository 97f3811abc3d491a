package log

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/history/stream"
	"github.com/perdure/perdure/internal/natstest"
)

// followed are the frames that a Follower reads up to a sequence.
func followed(t testing.TB, l *Log, f *Follower, through uint64) []entry {
	t.Helper()
	var got []entry
	require.NoError(t, f.Read(testContext(t), through, func(sequence uint64, data []byte) error {
		frame, err := l.decode(sequence, data)
		require.NoError(t, err)
		id := "begin"
		if frame.GetEpochBegin() == nil {
			id = frame.GetRecords().Records[0].WorkflowId
		}
		got = append(got, entry{sequence, frame.Epoch, id})
		return nil
	}))
	return got
}

// A Follower finds what Read finds, however it is read: frames in parts, two owners, and what is no frame.
func TestFollowIsRead(t *testing.T) {
	js := natstest.Start(t).Connect(t)
	l := newLog(t, js, func(c *Config) { c.MaxPayload = leastPayload })
	w := takeOver(t, l, 0, 1)
	large := strings.Repeat("x", 3*leastPayload)
	add(t, w, "a")
	add(t, w, large)
	last := add(t, w, "b")
	_, err := js.Publish(testContext(t), testSubject, []byte("foreign"))
	require.NoError(t, err)
	w = takeOver(t, openLog(t, js, l.stream.Created(), func(c *Config) { c.MaxPayload = leastPayload }), last+1, 2)
	add(t, w, "c")
	last = add(t, w, large)

	want, tail := read(t, l, 0, 0)
	require.Equal(t, last, tail.Last)
	require.Len(t, want, 7)
	for step := uint64(1); step <= last; step++ {
		f := l.Follow(1, 0)
		var got []entry
		for through := step; ; through = min(through+step, last) {
			got = append(got, followed(t, l, f, through)...)
			// Whoever goes on from the position misses nothing.
			at, epoch := f.Position()
			require.LessOrEqual(t, at, through)
			require.True(t, slices.Equal(want[len(got):], followed(t, l, l.Follow(at+1, epoch), last)), "from %d", at)
			if through == last {
				break
			}
		}
		require.Equal(t, want, got)
		at, epoch := f.Position()
		require.Equal(t, last, at)
		require.EqualValues(t, 2, epoch)
	}
}

func TestAFollowerOfALogThatWasCut(t *testing.T) {
	l := newLog(t, natstest.Start(t).Connect(t))
	w := takeOver(t, l, 0, 1)
	for i := range 9 {
		add(t, w, fmt.Sprint(i))
	}
	f := l.Follow(1, 0)
	require.Len(t, followed(t, l, f, 3), 3)
	require.NoError(t, l.Cut(testContext(t), 6, 10))
	err := f.Read(testContext(t), 10, func(uint64, []byte) error { return nil })
	require.ErrorIs(t, err, stream.ErrLost)
	require.Len(t, followed(t, l, l.Follow(6, 1), 10), 5)
}

// A frame of a version that this program does not know is met each time, and not passed over.
func TestAFollowerStaysBeforeWhatItCannotRead(t *testing.T) {
	js := natstest.Start(t).Connect(t)
	l := newLog(t, js)
	w := takeOver(t, l, 0, 1)
	add(t, w, "a")
	_, err := js.Publish(testContext(t), testSubject, []byte("\x08\x63\x10\x01\x32\x00")) // version 99
	require.NoError(t, err)
	f := l.Follow(1, 0)
	for range 2 {
		require.ErrorIs(t, f.Read(testContext(t), 3, func(uint64, []byte) error { return nil }), ErrVersion)
		at, _ := f.Position()
		require.EqualValues(t, 2, at)
	}
}

// What fails on the way is read on from where it was.
func TestAFollowerOutlivesItsServer(t *testing.T) {
	server := natstest.Start(t)
	l := newLog(t, server.Connect(t))
	w := takeOver(t, l, 0, 1)
	add(t, w, "a")
	f := l.Follow(1, 0)
	require.Len(t, followed(t, l, f, 2), 2)
	server.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	require.Error(t, f.Read(ctx, 3, func(uint64, []byte) error { return nil }))
	server.Restart(t)
	require.Eventually(t, func() bool { return l.stream.Conn().Status() == nats.CONNECTED }, time.Minute, 10*time.Millisecond)
	add(t, takeOver(t, l, 2, 2), "b")
	require.Equal(t, []entry{{3, 2, "begin"}, {4, 2, "b"}}, followed(t, l, f, 4))
}
