package log

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/api/recordpb"
	"github.com/perdure/perdure/history/stream"
	"github.com/perdure/perdure/internal/natstest"
)

func TestMain(m *testing.M) { natstest.VerifyTestMain(m) }

const (
	testStream  = "PERDURE_test_1_LOG_0"
	testSubject = "perdure.log.test.0"
)

func testContext(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// newLog makes a log's stream and opens the log.
func newLog(t testing.TB, js jetstream.JetStream, change ...func(*Config)) *Log {
	t.Helper()
	config := Config{JetStream: js, Stream: testStream, Subject: testSubject}
	for _, f := range change {
		f(&config)
	}
	created, err := Create(testContext(t), config)
	require.NoError(t, err)
	return openLog(t, js, created, change...)
}

func openLog(t testing.TB, js jetstream.JetStream, created time.Time, change ...func(*Config)) *Log {
	t.Helper()
	config := Config{JetStream: js, Stream: testStream, Subject: testSubject, Created: created}
	for _, f := range change {
		f(&config)
	}
	l, err := Open(testContext(t), config)
	require.NoError(t, err)
	return l
}

func takeOver(t testing.TB, l *Log, after, epoch uint64) *Writer {
	t.Helper()
	w, err := l.TakeOver(testContext(t), "owner", after, epoch)
	require.NoError(t, err)
	t.Cleanup(w.Close)
	return w
}

// records is a frame with one record of a workflow id.
func records(id string) *recordpb.Frame {
	return &recordpb.Frame{Content: &recordpb.Frame_Records{Records: &recordpb.Records{Records: []*recordpb.Record{{WorkflowId: id}}}}}
}

func ack(t testing.TB, w *Writer) Ack {
	t.Helper()
	a := w.Await(testContext(t))
	require.NotErrorIs(t, a.Err, context.DeadlineExceeded, "no acknowledgement")
	return a
}

// add appends a frame and waits for its acknowledgement.
func add(t testing.TB, w *Writer, id string) uint64 {
	t.Helper()
	sequence, err := w.Append(records(id))
	require.NoError(t, err)
	require.Equal(t, Ack{Sequence: sequence}, ack(t, w))
	return sequence
}

type entry struct {
	Sequence, Epoch uint64
	ID              string
}

// read lists what the log has; an epoch's beginning has the id "begin".
func read(t testing.TB, l *Log, from, epoch uint64) ([]entry, Tail) {
	t.Helper()
	var got []entry
	tail, err := l.Read(testContext(t), from, epoch, func(sequence uint64, f *recordpb.Frame) error {
		id := "begin"
		if f.GetEpochBegin() == nil {
			id = f.GetRecords().Records[0].WorkflowId
		}
		got = append(got, entry{sequence, f.Epoch, id})
		return nil
	})
	require.NoError(t, err)
	return got, tail
}

func TestAppendedFramesAreRead(t *testing.T) {
	l := newLog(t, natstest.Start(t).Connect(t))
	got, tail := read(t, l, 0, 0)
	require.Empty(t, got)
	require.Equal(t, Tail{First: 1}, tail)

	w := takeOver(t, l, 0, 1)
	require.EqualValues(t, 1, w.Begin())
	for _, id := range []string{"a", "b", "c"} {
		add(t, w, id)
	}
	require.Empty(t, w.flights)
	got, tail = read(t, l, 0, 0)
	require.Equal(t, []entry{{1, 1, "begin"}, {2, 1, "a"}, {3, 1, "b"}, {4, 1, "c"}}, got)
	require.Equal(t, Tail{First: 1, Last: 4, Epoch: 1, Owner: "owner"}, tail)

	got, _ = read(t, l, 4, 1)
	require.Equal(t, []entry{{4, 1, "c"}}, got)
	got, _ = read(t, l, 5, 1)
	require.Empty(t, got)
	_, err := l.Read(testContext(t), 6, 1, nil)
	require.ErrorIs(t, err, stream.ErrLost)
}

func TestErrorOfReaderIsReturned(t *testing.T) {
	l := newLog(t, natstest.Start(t).Connect(t))
	takeOver(t, l, 0, 1)
	stop := errors.New("stop")
	_, err := l.Read(testContext(t), 0, 0, func(uint64, *recordpb.Frame) error { return stop })
	require.Equal(t, stop, err)
}

func TestFramesArePipelined(t *testing.T) {
	l := newLog(t, natstest.Start(t).Connect(t), func(c *Config) { c.MaxInFlight = 4 })
	w := takeOver(t, l, 0, 1)
	for i := range 4 {
		sequence, err := w.Append(records("x"))
		require.NoError(t, err)
		require.EqualValues(t, i+2, sequence)
	}
	require.Len(t, w.flights, 4)
	_, err := w.Append(records("x"))
	require.ErrorIs(t, err, ErrBusy)
	require.Equal(t, Ack{Sequence: 2}, ack(t, w))
	_, err = w.Append(records("y"))
	require.NoError(t, err)
	for sequence := uint64(3); sequence <= 6; sequence++ {
		require.Equal(t, Ack{Sequence: sequence}, ack(t, w))
	}
	require.Empty(t, w.flights)
}

// TestReceivedIsNotInFlight: at once, or a loop that waits for room would wait for ever.
func TestReceivedIsNotInFlight(t *testing.T) {
	l := newLog(t, natstest.Start(t).Connect(t), func(c *Config) { c.MaxInFlight = 1 })
	w := takeOver(t, l, 0, 1)
	for range 3000 {
		add(t, w, "x")
		require.Empty(t, w.flights)
	}
}

func TestLargeFrameGoesInParts(t *testing.T) {
	l := newLog(t, natstest.Start(t).Connect(t), func(c *Config) { c.MaxPayload = leastPayload })
	w := takeOver(t, l, 0, 1)
	long := strings.Repeat("long", 5000)
	require.EqualValues(t, 7, add(t, w, long))
	require.EqualValues(t, 8, add(t, w, "short"))
	got, tail := read(t, l, 0, 0)
	require.Equal(t, []entry{{1, 1, "begin"}, {7, 1, long}, {8, 1, "short"}}, got)
	require.Equal(t, Tail{First: 1, Last: 8, Epoch: 1, Owner: "owner"}, tail)

	_, err := w.Append(records(strings.Repeat("x", MaxFrame)))
	require.ErrorIs(t, err, ErrTooLarge)
	require.EqualValues(t, 9, add(t, w, "after"))
}

func TestSecondWriterFences(t *testing.T) {
	js := natstest.Start(t).Connect(t)
	first := newLog(t, js)
	w1 := takeOver(t, first, 0, 1)
	add(t, w1, "a")

	second := openLog(t, js, time.Time{})
	_, err := second.TakeOver(testContext(t), "second", 1, 2)
	require.ErrorIs(t, err, ErrConflict)
	w2 := takeOver(t, second, 2, 2)

	// Of three in flight the second finds what it expects; none may count.
	for range 3 {
		_, err := w1.Append(records("late"))
		require.NoError(t, err)
	}
	got := ack(t, w1)
	require.EqualValues(t, 3, got.Sequence)
	require.ErrorIs(t, got.Err, ErrFenced)
	_, err = w1.Append(records("later"))
	require.ErrorIs(t, err, ErrEnded)

	// The first's late frames are in the log, and are those of no epoch.
	_, err = w2.Append(records("b"))
	require.NoError(t, err)
	require.ErrorIs(t, ack(t, w2).Err, ErrFenced)
	w2.Close()
	entries, tail := read(t, second, 0, 0)
	require.Equal(t, []entry{{1, 1, "begin"}, {2, 1, "a"}, {3, 2, "begin"}}, entries)
	require.Equal(t, Tail{First: 1, Last: 5, Epoch: 2, Owner: "owner", Skipped: Skipped{Stale: 2}}, tail)
	w3 := takeOver(t, second, 5, 3)
	require.EqualValues(t, 7, add(t, w3, "b"))
}

func TestForeignMessagesAreSkipped(t *testing.T) {
	js := natstest.Start(t).Connect(t)
	l := newLog(t, js)
	w := takeOver(t, l, 0, 1)
	publish := func(header nats.Header, data string) {
		_, err := js.PublishMsg(testContext(t), &nats.Msg{Subject: testSubject, Header: header, Data: []byte(data)})
		require.NoError(t, err)
	}
	publish(nil, "not a frame")
	publish(nil, "")
	publish(nats.Header{"Perdure-Part": {"1/2/1"}}, "alone")
	publish(nats.Header{"Perdure-Part": {"2/2/1"}, "Nats-Sequence": {"77"}}, "")
	publish(nats.Header{"Perdure-Part": {"rubbish"}}, "x")
	publish(nats.Header{"Perdure-Part": {"1/2/1"}}, "begun")
	publish(nil, "\x08\x01\x10\x09\x32\x00") // a barrier of an epoch that did not begin
	publish(nil, "\x08\x01\x10\x09\x22\x00") // an epoch that begins elsewhere
	_, err := w.Append(records("a"))
	require.NoError(t, err)
	require.ErrorIs(t, ack(t, w).Err, ErrFenced)

	entries, tail := read(t, l, 0, 0)
	require.Equal(t, []entry{{1, 1, "begin"}}, entries)
	require.EqualValues(t, 9, tail.Last)
	require.Equal(t, Skipped{Foreign: 3, Stale: 2, Incomplete: 2}, tail.Skipped)
}

func TestUnreadableFramesAreLoud(t *testing.T) {
	for name, test := range map[string]struct {
		data string
		want error
	}{
		"version": {"\x08\x63\x10\x01\x32\x00", ErrVersion},
		"content": {"\x08\x01\x10\x01", ErrCorrupt},
		"record":  {"\x08\x01\x10\x01\x1a\x02\x0a\x05", ErrCorrupt},
	} {
		t.Run(name, func(t *testing.T) {
			js := natstest.Start(t).Connect(t)
			l := newLog(t, js)
			takeOver(t, l, 0, 1)
			_, err := js.Publish(testContext(t), testSubject, []byte(test.data))
			require.NoError(t, err)
			_, err = l.Read(testContext(t), 0, 0, func(uint64, *recordpb.Frame) error { return nil })
			require.ErrorIs(t, err, test.want)
			require.ErrorContains(t, err, "message 2")
		})
	}
}

func TestCut(t *testing.T) {
	js := natstest.Start(t).Connect(t)
	l := newLog(t, js)
	w := takeOver(t, l, 0, 1)
	for range 9 {
		add(t, w, "x")
	}
	require.ErrorIs(t, l.Cut(testContext(t), 5, 11), stream.ErrLost)
	require.Error(t, l.Cut(testContext(t), 5, 4))
	require.NoError(t, l.Cut(testContext(t), 5, 10))
	require.NoError(t, l.Cut(testContext(t), 5, 10))
	state, err := l.State(testContext(t))
	require.NoError(t, err)
	require.EqualValues(t, 5, state.First)
	require.EqualValues(t, 10, state.Last)
	_, err = l.Read(testContext(t), 4, 0, nil)
	require.ErrorIs(t, err, stream.ErrLost)
	got, tail := read(t, l, 0, 0)
	require.Len(t, got, 6)
	require.Equal(t, Tail{First: 5, Last: 10, Epoch: 1}, tail)
	require.EqualValues(t, 11, add(t, w, "y"))
}

func TestPurgeByOperatorIsNoticed(t *testing.T) {
	js := natstest.Start(t).Connect(t)
	l := newLog(t, js)
	w := takeOver(t, l, 0, 1)
	add(t, w, "a")
	read(t, l, 0, 0)
	s, err := js.Stream(testContext(t), testStream)
	require.NoError(t, err)
	require.NoError(t, s.Purge(testContext(t)))
	_, err = l.State(testContext(t))
	require.ErrorIs(t, err, stream.ErrLost)

	require.NoError(t, s.Purge(testContext(t), jetstream.WithPurgeSequence(100)))
	_, err = w.Append(records("b"))
	require.NoError(t, err)
	require.ErrorIs(t, ack(t, w).Err, ErrFenced)
	_, err = l.Read(testContext(t), 3, 1, nil)
	require.ErrorIs(t, err, stream.ErrLost)
}

func TestMissingAndReplacedStream(t *testing.T) {
	js := natstest.Start(t).Connect(t)
	l := newLog(t, js, func(c *Config) { c.AckTimeout = 100 * time.Millisecond })
	w := takeOver(t, l, 0, 1)
	created := l.stream.Created()
	require.NoError(t, js.DeleteStream(testContext(t), testStream))
	_, err := w.Append(records("a"))
	require.NoError(t, err)
	require.ErrorIs(t, ack(t, w).Err, ErrDoubtful)
	_, err = l.Read(testContext(t), 0, 0, nil)
	require.ErrorIs(t, err, stream.ErrMissing)

	config := Config{JetStream: js, Stream: testStream, Subject: testSubject, Created: created}
	_, err = Open(testContext(t), config)
	require.ErrorIs(t, err, stream.ErrMissing)
	require.NoError(t, natstest.Remake(testContext(t), func() error {
		_, err := Create(testContext(t), config)
		return err
	}))
	_, err = Open(testContext(t), config)
	require.ErrorIs(t, err, stream.ErrReplaced)
	_, err = l.State(testContext(t))
	require.ErrorIs(t, err, stream.ErrReplaced)
}

func TestSettingsAreChecked(t *testing.T) {
	js := natstest.Start(t).Connect(t)
	l := newLog(t, js)
	again, err := Create(testContext(t), l.config)
	require.NoError(t, err)
	require.True(t, again.Equal(l.stream.Created()))
	config := l.config.streamConfig()
	config.MaxAge = time.Hour
	_, err = js.UpdateStream(testContext(t), config)
	require.NoError(t, err)
	_, err = Open(testContext(t), l.config)
	require.ErrorIs(t, err, stream.ErrSettings)
	require.ErrorContains(t, err, "max_age")
	_, err = Create(testContext(t), l.config)
	require.ErrorIs(t, err, stream.ErrSettings)
}

func TestFullLog(t *testing.T) {
	js := natstest.Start(t).Connect(t)
	l := newLog(t, js)
	w := takeOver(t, l, 0, 1)
	config := l.config.streamConfig()
	config.MaxBytes = 1000
	_, err := js.UpdateStream(testContext(t), config)
	require.NoError(t, err)
	_, err = w.Append(records(strings.Repeat("x", 2000)))
	require.NoError(t, err)
	require.ErrorIs(t, ack(t, w).Err, stream.ErrFull)
}

func TestServerStopsAndStarts(t *testing.T) {
	running := natstest.Start(t)
	js := running.Connect(t)
	l := newLog(t, js)
	w := takeOver(t, l, 0, 1)
	add(t, w, "a")
	running.Stop()
	_, err := w.Append(records("b"))
	if err == nil { // the client has not noticed yet
		err = ack(t, w).Err
	}
	require.ErrorIs(t, err, ErrDoubtful)
	w.Close()
	w.Close()
	running.Restart(t)
	// The client may send the doubtful frame when it has reconnected.
	for err = ErrConflict; errors.Is(err, ErrConflict); {
		_, tail := read(t, l, 0, 0)
		w, err = l.TakeOver(testContext(t), "owner", tail.Last, tail.Epoch+1)
	}
	require.NoError(t, err)
	t.Cleanup(w.Close)
	add(t, w, "c")
	got, _ := read(t, l, 0, 0)
	require.Contains(t, [][]entry{
		{{1, 1, "begin"}, {2, 1, "a"}, {3, 2, "begin"}, {4, 2, "c"}},
		{{1, 1, "begin"}, {2, 1, "a"}, {3, 1, "b"}, {4, 2, "begin"}, {5, 2, "c"}},
	}, got)
}

func TestNoJetStream(t *testing.T) {
	js := natstest.Start(t, func(o *server.Options) { o.JetStream = false }).Connect(t)
	_, err := Open(testContext(t), Config{JetStream: js, Stream: testStream, Subject: testSubject})
	require.ErrorIs(t, err, stream.ErrNotEnabled)
}
