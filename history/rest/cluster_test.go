package rest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/internal/natstest"
)

func TestReplicatedStore(t *testing.T) {
	servers := natstest.Cluster(t, 3)
	s := newStore(t, servers[2].Connect(t), func(c *Config) { c.Replicas = 3 })
	first := writeOpen(t, s, makeRun("stale", "r", 1, "a"))
	more := makeRun("stale", "r", 2, "b")
	more.Sequences, more.LogSequence = first, 20
	writeOpen(t, s, more)
	var runs []Run
	for i := range 50 {
		runs = append(runs, makeRun(fmt.Sprint("w", i), "r", 1, "a"))
	}
	more.LogSequence = 30
	runs = append(runs, more)
	for i, result := range s.WriteOpen(testContext(t), runs) {
		require.NoError(t, result.Err)
		_, err := s.ReadOpen(testContext(t), runs[i].WorkflowID, "r", result.Sequences)
		require.NoError(t, err)
	}
	for i := range runs[:50] {
		runs[i] = closed(runs[i], 1)
	}
	for range 2 {
		for _, result := range s.WriteClosed(testContext(t), runs[:50]) {
			require.NoError(t, result.Err)
		}
	}
	last, err := s.LastClosed(testContext(t), "w7")
	require.NoError(t, err)
	require.Equal(t, "r", last.RunId)
}
