package rest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/internal/natstest"
)

// reference is an event that refers to a large payload.
func reference(t require.TestingT, n int) (event string, id api.PayloadID) {
	id = api.PayloadIDOf(fmt.Append(nil, n))
	p, err := api.NewReference(id, 1)
	require.NoError(t, err)
	encoded, err := proto.Marshal(p)
	require.NoError(t, err)
	return string(encoded), id
}

// all are needed.
func all(string, uint64) bool { return false }

func referred(t *testing.T, s *Store) map[api.PayloadID]bool {
	t.Helper()
	found := map[api.PayloadID]bool{}
	require.NoError(t, s.References(testContext(t), all, func(id api.PayloadID) { found[id] = true }))
	return found
}

func TestReferencesAtRest(t *testing.T) {
	s := newStore(t, natstest.Start(t).Connect(t))
	require.Empty(t, referred(t, s))
	one, first := reference(t, 1)
	two, second := reference(t, 2)
	three, third := reference(t, 3)

	run := makeRun("w", "r", 1, "plain", one)
	run.Sequences = writeOpen(t, s, run)
	more := makeRun("w", "r", 3, two)
	more.Sequences, more.LogSequence = run.Sequences, 11
	more.Sequences = writeOpen(t, s, more)
	require.Equal(t, map[api.PayloadID]bool{first: true, second: true}, referred(t, s))

	needed := map[api.PayloadID]bool{}
	needless := func(runID string, sequence uint64) bool {
		require.Equal(t, "r", runID)
		return sequence == more.Sequences[1]
	}
	require.NoError(t, s.References(testContext(t), needless, func(id api.PayloadID) { needed[id] = true }))
	require.Equal(t, map[api.PayloadID]bool{first: true}, needed)

	whole := closed(makeRun("w", "r", 1, "plain", one, two, three), 5)
	require.NoError(t, s.WriteClosed(testContext(t), []Run{whole})[0].Err)
	require.NoError(t, s.RemoveOpen(testContext(t), "w", "r", more.Sequences))
	require.Equal(t, map[api.PayloadID]bool{first: true, second: true, third: true}, referred(t, s))

	require.NoError(t, s.history.PurgeSubject(testContext(t), s.historySubject("w", "r")))
	require.Empty(t, referred(t, s))
}

// All are listed, however many there are, however small messages and headers are, and the run is whole.
func TestAnyNumberOfReferences(t *testing.T) {
	js := natstest.Start(t).Connect(t)
	runs := 0
	for _, most := range []int{8 << 10, 1 << 20} {
		s := newStore(t, js, func(c *Config) { c.MaxPayload, c.Incarnation.Number = most, 1 })
		rapid.Check(t, func(rt *rapid.T) {
			runs++
			run := makeRun("w", fmt.Sprint("run", runs), 1, "plain")
			want := map[api.PayloadID]bool{}
			for n := range rapid.IntRange(0, 3000).Draw(rt, "references") {
				event, id := reference(rt, n)
				run.Batches[0].Events = append(run.Batches[0].Events, []byte(event))
				want[id] = true
			}
			if rapid.Bool().Draw(rt, "large") {
				run.Batches[0].Events = append(run.Batches[0].Events, []byte(strings.Repeat("x", 100<<10)))
			}
			require.NoError(rt, s.WriteClosed(t.Context(), []Run{closed(run, 1)})[0].Err)
			found := map[api.PayloadID]bool{}
			require.NoError(rt, s.References(t.Context(), all, func(id api.PayloadID) { found[id] = true }))
			require.Equal(rt, want, found)
			read, err := s.ReadClosed(t.Context(), "w", run.RunID)
			require.NoError(rt, err)
			require.True(rt, slices.Equal(events(&run), events(read)))
			require.NoError(rt, s.history.PurgeSubject(t.Context(), s.historySubject("w", run.RunID)))
		})
	}
}

func TestAHeaderOfReferencesThatIsDamaged(t *testing.T) {
	js := natstest.Start(t).Connect(t)
	s := newStore(t, js)
	messages, err := s.config.encode(new(makeRun("w", "r", 1, "e")), s.openSubject("w", "r"), 1)
	require.NoError(t, err)
	messages[0].Header.Set(api.HeaderPayloads, "nonsense")
	_, err = js.PublishMsg(t.Context(), messages[0])
	require.NoError(t, err)
	require.ErrorIs(t, s.References(testContext(t), all, func(api.PayloadID) {}), ErrCorrupt)
}
