package rest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/internal/natstest"
)

// found are the writes of a stream, by the runs and their first events.
func found(t *testing.T, scan func(fn func(Written) error) (int, error)) (runs []string, damaged int) {
	t.Helper()
	damaged, err := scan(func(w Written) error {
		runs = append(runs, fmt.Sprintf("%s/%d", w.Rest.RunId, w.Rest.FirstEventId))
		return nil
	})
	require.NoError(t, err)
	return runs, damaged
}

func TestScan(t *testing.T) {
	js := natstest.Start(t).Connect(t)
	s := newStore(t, js, func(c *Config) { c.MaxPayload = 4 << 10 })
	ctx := testContext(t)
	large := strings.Repeat("x", 20<<10)
	var open []Result
	for i := range 6 {
		run := makeRun("w", fmt.Sprintf("r%d", i), 1, "e1", large)
		open = append(open, s.WriteOpen(ctx, []Run{run})...)
		require.NoError(t, open[i].Err)
	}
	more := makeRun("w", "r5", 3, "e3")
	more.Sequences = open[5].Sequences
	require.NoError(t, s.WriteOpen(ctx, []Run{more})[0].Err)
	require.NoError(t, s.DropOpen(ctx, open[1].Sequences))
	require.NoError(t, s.DropOpen(ctx, open[3].Sequences[:1]), "a run that is being removed")

	state, history, err := s.Extents(ctx)
	require.NoError(t, err)
	require.Zero(t, history.Last)
	all := func(from uint64) func(func(Written) error) (int, error) {
		return func(fn func(Written) error) (int, error) { return s.ScanOpen(ctx, from, state.Last, fn) }
	}
	runs, damaged := found(t, all(1))
	require.Equal(t, []string{"r0/1", "r2/1", "r4/1", "r5/1", "r5/3"}, runs)
	require.Zero(t, damaged)
	runs, _ = found(t, all(open[4].Sequences[1]))
	require.Equal(t, []string{"r5/1", "r5/3"}, runs, "from the middle of a run")

	for i := range 3 {
		require.NoError(t, s.WriteClosed(ctx, []Run{closed(makeRun("w", fmt.Sprintf("c%d", i), 1, large), 1)})[0].Err)
		_, err := js.PublishMsg(ctx, &nats.Msg{Subject: s.historySubject("w", fmt.Sprintf("x%d", i)), Data: []byte("x"), Header: nats.Header{api.HeaderPart: {"1/1"}}})
		require.NoError(t, err)
	}
	_, history, err = s.Extents(ctx)
	require.NoError(t, err)
	runs, damaged = found(t, func(fn func(Written) error) (int, error) { return s.ScanHistory(ctx, 1, history.Last, fn) })
	require.Equal(t, []string{"c0/1", "c1/1", "c2/1"}, runs)
	require.Equal(t, 3, damaged)
	stop := fmt.Errorf("enough")
	_, err = s.ScanHistory(ctx, 1, history.Last, func(Written) error { return stop })
	require.ErrorIs(t, err, stop)
}
