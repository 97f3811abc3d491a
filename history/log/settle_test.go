package log

import (
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/api"
)

func testWriter() *Writer {
	return &Writer{log: &Log{config: Config{Stream: testStream}}, inbox: "inbox.", acks: make(chan Ack, 8), ended: make(chan struct{})}
}

func stored(sequence uint64) *nats.Msg {
	return &nats.Msg{Subject: fmt.Sprintf("inbox.%d", sequence), Data: fmt.Appendf(nil, `{"stream":%q,"seq":%d}`, testStream, sequence)}
}

func refused(sequence uint64) *nats.Msg {
	return &nats.Msg{Subject: fmt.Sprintf("inbox.%d", sequence), Data: []byte(`{"error":{"code":400,"err_code":10164,"description":"wrong last sequence"},"stream":"x","seq":0}`)}
}

func TestOutcomesAreInOrder(t *testing.T) {
	w := testWriter()
	s := settlement{flights: []flight{{first: 5, last: 6, missing: 2}, {first: 7, last: 7, missing: 1}, {first: 8, last: 8, missing: 1}}}
	for _, sequence := range []uint64{7, 6} {
		s.acknowledge(w, stored(sequence))
		require.False(t, s.deliver(w))
		require.Empty(t, w.acks, "the first frame lacks a part")
	}
	s.acknowledge(w, stored(5))
	require.False(t, s.deliver(w))
	require.Equal(t, Ack{Sequence: 6}, <-w.acks)
	require.Equal(t, Ack{Sequence: 7}, <-w.acks)
	require.Empty(t, w.acks)
}

// TestLaterSuccessSavesNoFailure: a second writer's message took the place of
// the first frame, so that the later one found the sequence that it expects.
func TestLaterSuccessSavesNoFailure(t *testing.T) {
	w := testWriter()
	s := settlement{flights: []flight{{first: 5, last: 5, missing: 1}, {first: 6, last: 6, missing: 1}}}
	s.acknowledge(w, stored(6))
	require.False(t, s.deliver(w))
	s.acknowledge(w, refused(5))
	require.True(t, s.deliver(w))
	require.ErrorIs(t, (<-w.acks).Err, ErrFenced)
	require.Empty(t, w.acks)
	<-w.ended
}

func TestUnansweredFrameIsDoubtful(t *testing.T) {
	w := testWriter()
	now := time.Now()
	s := settlement{flights: []flight{{first: 5, last: 5, missing: 1, deadline: now}}}
	s.expire(now)
	require.False(t, s.deliver(w))
	s.expire(now.Add(1))
	require.True(t, s.deliver(w))
	require.ErrorIs(t, (<-w.acks).Err, ErrDoubtful)
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
