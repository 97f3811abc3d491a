package history

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAShardTellsWhatItHasDone(t *testing.T) {
	p := newPlace(t, func(c *Config) { c.RestAfter = time.Nanosecond })
	d := p.drive(t)
	d.must(start("a"), start("b"))
	d.run("c")
	d.quiet()
	d.noteState()
	s := d.figures()
	require.Equal(t, "test", s.Namespace)
	require.NotZero(t, s.Appends.Count())
	require.NotZero(t, s.Appends.Sum)
	require.Equal(t, int64(3), s.Records.Sum, "three records")
	require.NotZero(t, s.Written)
	require.NotZero(t, s.LogBytes)
	require.Equal(t, 3, s.InMemory)
	require.Zero(t, s.Resting)

	d.restAll()
	d.noteState()
	s = d.figures()
	require.Zero(t, s.InMemory)
	require.Equal(t, 3, s.Resting)
	require.Zero(t, s.OpenLoads)
	d.events("a")
	require.Equal(t, uint64(1), d.figures().OpenLoads)
}

func TestAServiceTellsWhyAShardDoesNotServe(t *testing.T) {
	p := newPlace(t, nil)
	s, err := New(p.config)
	require.NoError(t, err)
	require.Empty(t, s.Statistics())
	require.NoError(t, s.OpenNamespace(within(t), "test"))
	require.NoError(t, s.Ready(within(t)))
	all := s.Statistics()
	require.Len(t, all, 1)
	require.Empty(t, all[0].Unserved)
	require.Equal(t, uint64(1), all[0].Recoveries)
	require.NotZero(t, all[0].Recovery)
	require.NoError(t, s.Stop(within(t)))

	in := p.settings.Incarnation
	require.NoError(t, p.js.DeleteStream(within(t), p.config.Names.LogStream(in, 0)))
	s, err = New(p.config)
	require.NoError(t, err)
	require.NoError(t, s.OpenNamespace(within(t), "test"))
	defer func() { require.NoError(t, s.Stop(context.WithoutCancel(t.Context()))) }()
	require.Error(t, s.Ready(within(t)))
	all = s.Statistics()
	require.True(t, all[0].Stopped)
	require.Contains(t, all[0].Unserved, "missing")
}

// What is told costs a frame little: measured beside a frame of one record, which takes some microseconds.
func BenchmarkStatistics(b *testing.B) {
	s := newStatistics()
	for b.Loop() {
		s.written.Add(100)
		s.records.Observe(1)
		s.appends.Observe(int64(time.Millisecond))
	}
}
