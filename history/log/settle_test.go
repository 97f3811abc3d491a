package log

import (
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/api"
)

func testWriter(flights ...flight) *Writer {
	return &Writer{log: &Log{config: Config{Stream: testStream}}, flights: flights, last: flights[len(flights)-1].last}
}

func stored(sequence uint64) *nats.Msg {
	return &nats.Msg{Data: fmt.Appendf(nil, `{"stream":%q,"seq":%d}`, testStream, sequence)}
}

func refused() *nats.Msg {
	return &nats.Msg{Data: []byte(`{"error":{"code":400,"err_code":10164,"description":"wrong last sequence"},"stream":"x","seq":0}`)}
}

func next(t *testing.T, w *Writer) Ack {
	t.Helper()
	ack, ok := w.Next()
	require.True(t, ok)
	return ack
}

func requireNone(t *testing.T, w *Writer, why string) {
	t.Helper()
	_, ok := w.Next()
	require.False(t, ok, why)
}

func TestOutcomesAreInOrder(t *testing.T) {
	w := testWriter(flight{first: 5, last: 6, missing: 2}, flight{first: 7, last: 7, missing: 1}, flight{first: 8, last: 8, missing: 1})
	for _, sequence := range []uint64{7, 5, 5, 4} { // one of them again, and one of a frame that was settled
		w.Settle(stored(sequence))
		requireNone(t, w, "the first frame lacks a part")
	}
	w.Settle(stored(6))
	w.Settle(stored(7))
	require.Equal(t, Ack{Sequence: 6}, next(t, w))
	require.Equal(t, Ack{Sequence: 7}, next(t, w))
	requireNone(t, w, "the last is not acknowledged")
	require.Len(t, w.flights, 1)
}

// TestLaterSuccessSavesNoFailure: a second writer's message took the place of
// the first frame, so that the later one found the sequence that it expects.
func TestLaterSuccessSavesNoFailure(t *testing.T) {
	w := testWriter(flight{first: 5, last: 5, missing: 1}, flight{first: 6, last: 6, missing: 1})
	w.Settle(stored(6))
	requireNone(t, w, "the first has no outcome")
	w.Settle(refused())
	require.ErrorIs(t, next(t, w).Err, ErrFenced)
	requireNone(t, w, "nothing comes behind a failure")
	_, err := w.Append(records("x"))
	require.ErrorIs(t, err, ErrEnded)
}

// TestARefusalIsTheOldestFrames: it may have been for a later one, whose answer came first.
func TestARefusalIsTheOldestFrames(t *testing.T) {
	w := testWriter(flight{first: 5, last: 5, missing: 1}, flight{first: 6, last: 6, missing: 1})
	w.Settle(refused())
	w.Settle(stored(5))
	require.ErrorIs(t, next(t, w).Err, ErrFenced)
	requireNone(t, w, "nothing comes behind a failure")
}

// TestAMessageThatWasNotStored: a nats-server that cannot write answers nothing, and refuses what follows.
func TestAMessageThatWasNotStored(t *testing.T) {
	for last, want := range map[int]error{4: ErrFenced, 5: ErrDoubtful, 6: ErrFenced, 7: ErrFenced} {
		w := testWriter(flight{first: 5, last: 6, missing: 1}, flight{first: 7, last: 7, missing: 1})
		w.Settle(&nats.Msg{Data: fmt.Appendf(nil, `{"error":{"code":400,"err_code":10071,"description":"wrong last sequence: %d"},"stream":"x","seq":0}`, last)})
		require.ErrorIs(t, next(t, w).Err, want, last)
	}
}

func TestAnAcknowledgementThatIsNotExpected(t *testing.T) {
	for name, sequence := range map[string]uint64{"of a message that was not sent": 7, "of a part before its turn": 6} {
		t.Run(name, func(t *testing.T) {
			w := testWriter(flight{first: 5, last: 6, missing: 2})
			w.Settle(stored(sequence))
			require.ErrorIs(t, next(t, w).Err, ErrDoubtful)
		})
	}
}

func TestUnansweredFrameIsDoubtful(t *testing.T) {
	now := time.Now()
	w := testWriter(flight{first: 5, last: 5, missing: 1, deadline: now})
	w.Expire(now)
	requireNone(t, w, "its time is not over")
	w.Expire(now.Add(1))
	require.ErrorIs(t, next(t, w).Err, ErrDoubtful)
}

func TestPartsOfTwoWritersAreNotJoined(t *testing.T) {
	var j joiner
	add := func(sequence uint64, p part) bool {
		_, complete := j.add(sequence, nats.Header{api.HeaderPart: {p.encode()}}, []byte("x"))
		return complete
	}
	require.False(t, add(1, part{1, 2, 2}))
	require.False(t, add(2, part{2, 2, 1}), "of another epoch")
	require.False(t, add(3, part{1, 2, 2}))
	require.False(t, add(5, part{2, 2, 2}), "not the next")
	require.False(t, add(6, part{1, 2, 2}))
	require.False(t, add(7, part{2, 3, 2}), "of another number")
	require.False(t, add(8, part{1, 2, 2}))
	require.True(t, add(9, part{2, 2, 2}))
	require.Equal(t, 6, j.incomplete)
}
