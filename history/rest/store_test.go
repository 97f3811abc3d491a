package rest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/recordpb"
	"github.com/perdure/perdure/history/stream"
	"github.com/perdure/perdure/internal/natstest"
)

func TestMain(m *testing.M) { natstest.VerifyTestMain(m) }

func testContext(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func newStore(t testing.TB, js jetstream.JetStream, change ...func(*Config)) *Store {
	t.Helper()
	config := Config{JetStream: js, Incarnation: api.Incarnation{Namespace: "test", Number: 1}, Retention: time.Hour}
	for _, f := range change {
		f(&config)
	}
	var err error
	config.OpenCreated, config.HistoryCreated, err = Create(testContext(t), config)
	require.NoError(t, err)
	s, err := Open(testContext(t), config)
	require.NoError(t, err)
	return s
}

// makeRun is a run whose events from the first on are each a batch of one.
func makeRun(workflowID, runID string, first int64, events ...string) Run {
	run := Run{WorkflowID: workflowID, RunID: runID, FirstEventID: first, LogSequence: 10}
	for _, e := range events {
		run.Batches = append(run.Batches, &recordpb.Batch{Events: [][]byte{[]byte(e)}})
	}
	run.State = &recordpb.RunState{WorkflowId: workflowID, RunId: runID, LastTime: first + int64(len(events))}
	run.Summary = &recordpb.Summary{WorkflowId: workflowID, RunId: runID, WorkflowType: "type"}
	return run
}

func closed(run Run, closeTime int64) Run {
	run.Summary.Status, run.Summary.CloseTime = enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, closeTime
	return run
}

func writeOpen(t testing.TB, s *Store, run Run) []uint64 {
	t.Helper()
	results := s.WriteOpen(testContext(t), []Run{run})
	require.NoError(t, results[0].Err)
	return results[0].Sequences
}

func events(run *Run) (all []string) {
	for _, b := range run.Batches {
		for _, e := range b.Events {
			all = append(all, string(e))
		}
	}
	return all
}

func requireRun(t testing.TB, want Run, wantEvents []string, got *Run) {
	t.Helper()
	require.NotNil(t, got)
	require.Equal(t, wantEvents, events(got))
	require.EqualValues(t, 1, got.FirstEventID)
	require.True(t, proto.Equal(want.State, got.State), "state %v", got.State)
	require.True(t, proto.Equal(want.Summary, got.Summary), "summary %v", got.Summary)
}

func TestOpenRunsAreReadBack(t *testing.T) {
	s := newStore(t, natstest.Start(t).Connect(t))
	var runs []Run
	for i := range 450 {
		runs = append(runs, makeRun(fmt.Sprintf("order %d", i), "r", 1, "a", "b"))
	}
	for i, result := range s.WriteOpen(testContext(t), runs) {
		require.NoError(t, result.Err)
		require.Equal(t, []uint64{uint64(i + 1)}, result.Sequences)
	}
	got, err := s.ReadOpen(testContext(t), "order 77", "r", []uint64{78})
	require.NoError(t, err)
	requireRun(t, runs[77], []string{"a", "b"}, got)
	require.EqualValues(t, 10, got.LogSequence)

	// More of one.
	more := makeRun("order 77", "r", 3, "c")
	more.Sequences, more.LogSequence = []uint64{78}, 20
	sequences := writeOpen(t, s, more)
	require.Equal(t, []uint64{78, 451}, sequences)
	got, err = s.ReadOpen(testContext(t), "order 77", "r", sequences)
	require.NoError(t, err)
	requireRun(t, more, []string{"a", "b", "c"}, got)
	require.EqualValues(t, 20, got.LogSequence)
	require.Equal(t, sequences, got.Sequences)

	// Whole, in one message.
	whole := makeRun("order 77", "r", 1, "a", "b", "c", "d")
	whole.Sequences, whole.LogSequence = sequences, 30
	require.Equal(t, []uint64{452}, writeOpen(t, s, whole))
	for _, of := range [][]uint64{sequences, {452}} {
		_, err = s.ReadOpen(testContext(t), "order 77", "r", of)
		require.NoError(t, err)
	}
	require.NoError(t, s.DropOpen(testContext(t), sequences))
	require.NoError(t, s.DropOpen(testContext(t), sequences))
	_, err = s.ReadOpen(testContext(t), "order 77", "r", sequences)
	require.ErrorIs(t, err, ErrGone)
	got, err = s.ReadOpen(testContext(t), "order 77", "r", []uint64{452})
	require.NoError(t, err)
	requireRun(t, whole, []string{"a", "b", "c", "d"}, got)
	require.NoError(t, s.RemoveOpen(testContext(t), "order 77", "r", []uint64{452}))
	require.NoError(t, s.RemoveOpen(testContext(t), "order 77", "r", []uint64{452}))
	_, err = s.open.Last(testContext(t), s.openSubject("order 77", "r"))
	require.ErrorIs(t, err, stream.ErrNoMessage)
}

func TestRemoveOpenTakesWhatIsNotKnown(t *testing.T) {
	s := newStore(t, natstest.Start(t).Connect(t))
	writeOpen(t, s, makeRun("w", "r", 1, "a"))
	require.NoError(t, s.RemoveOpen(testContext(t), "w", "r", nil))
	_, err := s.open.Last(testContext(t), s.openSubject("w", "r"))
	require.ErrorIs(t, err, stream.ErrNoMessage)
}

func TestStaleExpectationHarmsNoOther(t *testing.T) {
	s := newStore(t, natstest.Start(t).Connect(t))
	write := func(id string, logSequence uint64, sequences []uint64, from int64, e ...string) Run {
		run := makeRun(id, "r", from, e...)
		run.LogSequence, run.Sequences = logSequence, sequences
		return run
	}
	// An earlier owner has written both "older" and "newer" after what is known.
	first := writeOpen(t, s, write("older", 10, nil, 1, "a"))
	writeOpen(t, s, write("older", 20, first, 2, "b"))
	known := writeOpen(t, s, write("newer", 10, nil, 1, "a"))
	writeOpen(t, s, write("newer", 99, known, 2, "b"))
	same := writeOpen(t, s, write("same", 30, nil, 1, "a"))

	runs := []Run{
		write("fresh", 30, nil, 1, "a"),
		write("older", 30, first, 2, "b", "c"),
		write("newer", 30, known, 2, "x"),
		write("same", 30, nil, 1, "a"),
		write("gone", 30, []uint64{12345}, 2, "a"),
		write("fresh too", 30, nil, 1, "a"),
	}
	results := s.WriteOpen(testContext(t), runs)
	require.NoError(t, results[0].Err)
	require.NoError(t, results[1].Err)
	require.ErrorIs(t, results[2].Err, ErrSuperseded)
	require.NoError(t, results[3].Err)
	require.Equal(t, same, results[3].Sequences)
	require.ErrorIs(t, results[4].Err, ErrSetAside)
	require.ErrorIs(t, results[4].Err, ErrGone)
	require.NoError(t, results[5].Err)

	require.Len(t, results[1].Sequences, 2)
	got, err := s.ReadOpen(testContext(t), "older", "r", results[1].Sequences)
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b", "c"}, events(got))
}

func TestDifferentRunAtTheSameLogSequenceIsSetAside(t *testing.T) {
	s := newStore(t, natstest.Start(t).Connect(t))
	writeOpen(t, s, makeRun("w", "r", 1, "a"))
	results := s.WriteOpen(testContext(t), []Run{makeRun("w", "r", 1, "b")})
	require.ErrorIs(t, results[0].Err, ErrSetAside)
}

func TestForeignMessageSetsTheRunAside(t *testing.T) {
	js := natstest.Start(t).Connect(t)
	s := newStore(t, js)
	for i, m := range []*nats.Msg{
		{Data: []byte("rubbish")},
		{Header: nats.Header{api.HeaderPart: {"1/1"}}, Data: []byte("rubbish")},
		{Header: nats.Header{api.HeaderPart: {"900/900"}}, Data: []byte("rubbish")},
		{Header: nats.Header{api.HeaderPart: {"1/1"}}},
	} {
		id := fmt.Sprint("w", i)
		m.Subject = s.openSubject(id, "r")
		ack, err := js.PublishMsg(testContext(t), m)
		require.NoError(t, err)
		results := s.WriteOpen(testContext(t), []Run{makeRun(id, "r", 1, "a")})
		require.ErrorIs(t, results[0].Err, ErrSetAside)
		_, err = s.ReadOpen(testContext(t), id, "r", []uint64{ack.Sequence})
		require.ErrorIs(t, err, ErrCorrupt)

		m.Subject = s.historySubject(id, "r")
		_, err = js.PublishMsg(testContext(t), m)
		require.NoError(t, err)
		results = s.WriteClosed(testContext(t), []Run{makeRun(id, "r", 1, "a"), makeRun(id, "r2", 1, "a"), makeRun(id+"x", "r2", 1, "a")})
		require.ErrorIs(t, results[0].Err, ErrSetAside)
		require.ErrorIs(t, results[1].Err, ErrSetAside, "a later run does not rest before an earlier one")
		require.NoError(t, results[2].Err)
		_, err = s.ReadClosed(testContext(t), id, "r")
		require.ErrorIs(t, err, ErrCorrupt)
		_, err = s.LastClosed(testContext(t), id)
		require.ErrorIs(t, err, ErrCorrupt)
	}
}

func TestLargeRunsGoInParts(t *testing.T) {
	s := newStore(t, natstest.Start(t).Connect(t), func(c *Config) { c.MaxPayload = 8 << 10 })
	large := []string{strings.Repeat("a", 30_000), "b", strings.Repeat("c", 100_000)}
	run := makeRun("w", "r", 1, large...)
	runs := []Run{makeRun("v", "r", 1, "small"), run, makeRun("x", "r", 1, "small")}
	results := s.WriteOpen(testContext(t), runs)
	for _, r := range results {
		require.NoError(t, r.Err)
	}
	require.Greater(t, len(results[1].Sequences), 15)
	got, err := s.ReadOpen(testContext(t), "w", "r", results[1].Sequences)
	require.NoError(t, err)
	requireRun(t, run, large, got)
	_, err = s.ReadOpen(testContext(t), "w", "r", results[1].Sequences[:5])
	require.ErrorIs(t, err, ErrCorrupt)
	again := s.WriteOpen(testContext(t), []Run{run})
	require.Equal(t, results[1], again[0])

	run.Sequences, run.LogSequence = nil, 50 // an owner that does not know of the first
	results = s.WriteOpen(testContext(t), []Run{run})
	require.NoError(t, results[0].Err)

	run = closed(run, 7)
	results = s.WriteClosed(testContext(t), []Run{run})
	require.NoError(t, results[0].Err)
	require.Equal(t, results, s.WriteClosed(testContext(t), []Run{run}))
	got, err = s.ReadClosed(testContext(t), "w", "r")
	require.NoError(t, err)
	requireRun(t, run, large, got)
}

func TestClosedRuns(t *testing.T) {
	s := newStore(t, natstest.Start(t).Connect(t))
	last, err := s.LastClosed(testContext(t), "w")
	require.NoError(t, err)
	require.Nil(t, last)
	for _, runID := range []string{"", "r1"} {
		got, err := s.ReadClosed(testContext(t), "w", runID)
		require.NoError(t, err)
		require.Nil(t, got)
	}
	long := strings.Repeat("%", 1000)
	runs := []Run{
		closed(makeRun("w", "r1", 1, "a"), 1), closed(makeRun("w", "r2", 1, "b"), 2),
		closed(makeRun("other", "r1", 1, "c"), 3), closed(makeRun(long, "r1", 1, "d"), 4),
	}
	for range 2 { // a repeat after a crash
		for i, result := range s.WriteClosed(testContext(t), runs) {
			require.NoError(t, result.Err)
			require.Equal(t, []uint64{uint64(i + 1)}, result.Sequences)
		}
	}
	for id, want := range map[string]string{"w": "r2", long: "r1"} {
		last, err = s.LastClosed(testContext(t), id)
		require.NoError(t, err)
		require.Equal(t, want, last.RunId)
	}
	got, err := s.ReadClosed(testContext(t), "w", "")
	require.NoError(t, err)
	requireRun(t, runs[1], []string{"b"}, got)
	got, err = s.ReadClosed(testContext(t), "w", "r1")
	require.NoError(t, err)
	requireRun(t, runs[0], []string{"a"}, got)

	differs := s.WriteClosed(testContext(t), []Run{closed(makeRun("w", "r1", 1, "a"), 5)})
	require.ErrorIs(t, differs[0].Err, ErrSetAside)
	partial := s.WriteClosed(testContext(t), []Run{closed(makeRun("w", "r9", 2, "a"), 5)})
	require.Error(t, partial[0].Err)

	var tokens []string
	for token, err := range s.ClosedTokens(testContext(t)) {
		require.NoError(t, err)
		tokens = append(tokens, token)
	}
	require.ElementsMatch(t, []string{"w", "w", "other", api.Token(long)}, tokens)
}

func TestMissingStream(t *testing.T) {
	js := natstest.Start(t).Connect(t)
	s := newStore(t, js)
	require.NoError(t, s.Check(testContext(t)))
	require.NoError(t, js.DeleteStream(testContext(t), s.open.Name()))
	results := s.WriteOpen(testContext(t), []Run{makeRun("w", "r", 1, "a"), makeRun("v", "r", 1, "a")})
	require.ErrorIs(t, results[0].Err, stream.ErrMissing)
	require.ErrorIs(t, results[1].Err, stream.ErrMissing)
	require.ErrorIs(t, s.Check(testContext(t)), stream.ErrMissing)
	_, err := Open(testContext(t), s.config)
	require.ErrorIs(t, err, stream.ErrMissing)
}

func TestServerStopsAndStarts(t *testing.T) {
	server := natstest.Start(t)
	s := newStore(t, server.Connect(t), func(c *Config) { c.Timeout = 100 * time.Millisecond })
	run := makeRun("w", "r", 1, "a")
	sequences := writeOpen(t, s, run)
	server.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	next := makeRun("w", "r", 2, "b")
	next.Sequences, next.LogSequence = sequences, 20
	results := s.WriteOpen(ctx, []Run{next, makeRun("v", "r", 1, "a")})
	require.ErrorIs(t, results[0].Err, ErrDoubtful)
	require.ErrorIs(t, results[1].Err, ErrDoubtful)
	server.Restart(t)
	require.Len(t, writeOpen(t, s, next), 2)
}
