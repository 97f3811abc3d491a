package stream

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/internal/natstest"
)

func TestMain(m *testing.M) { natstest.VerifyTestMain(m) }

func testContext(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func newStream(t testing.TB, js jetstream.JetStream) *Stream {
	t.Helper()
	config := jetstream.StreamConfig{Name: "S", Subjects: []string{"s.>"}, Storage: jetstream.FileStorage, Discard: jetstream.DiscardNew, AllowDirect: true}
	created, err := Create(testContext(t), js, config)
	require.NoError(t, err)
	s, err := Open(testContext(t), js, config, created)
	require.NoError(t, err)
	return s
}

func publish(t testing.TB, js jetstream.JetStream, subject, data string) uint64 {
	t.Helper()
	ack, err := js.Publish(testContext(t), subject, []byte(data))
	require.NoError(t, err)
	return ack.Sequence
}

func TestReadFindsWhatIsMissing(t *testing.T) {
	js := natstest.Start(t).Connect(t)
	s := newStream(t, js)
	for i := range 10 {
		publish(t, js, "s.a", fmt.Sprint(i+1))
	}
	read := func(first, last uint64) (got []uint64, err error) {
		err = s.Read(testContext(t), first, last, func(m *Message) error {
			require.Equal(t, fmt.Sprint(m.Sequence), string(m.Data))
			got = append(got, m.Sequence)
			return nil
		})
		return got, err
	}
	got, err := read(3, 7)
	require.NoError(t, err)
	require.Equal(t, []uint64{3, 4, 5, 6, 7}, got)
	got, err = read(8, 7)
	require.NoError(t, err)
	require.Empty(t, got)
	_, err = read(9, 11)
	require.ErrorIs(t, err, ErrLost)
	require.NoError(t, s.Delete(testContext(t), 5))
	require.NoError(t, s.Delete(testContext(t), 5))
	require.NoError(t, s.Delete(testContext(t), 500))
	_, err = read(1, 10)
	require.ErrorIs(t, err, ErrLost)
	_, err = s.Get(testContext(t), 5)
	require.ErrorIs(t, err, ErrNoMessage)
	stop := errors.New("stop")
	require.Equal(t, stop, s.Read(testContext(t), 1, 3, func(*Message) error { return stop }))
}

func TestReadOfManyBytes(t *testing.T) {
	js := natstest.Start(t).Connect(t)
	s := newStream(t, js)
	for range 40 {
		publish(t, js, "s.a", strings.Repeat("x", 500_000))
	}
	n := 0
	require.NoError(t, s.Read(testContext(t), 1, 40, func(*Message) error { n++; return nil }))
	require.Equal(t, 40, n)
}

func TestPurgeNeverPassesTheEnd(t *testing.T) {
	js := natstest.Start(t).Connect(t)
	s := newStream(t, js)
	for range 5 {
		publish(t, js, "s.a", "")
	}
	require.ErrorIs(t, s.PurgeBefore(testContext(t), 6), ErrLost)
	require.NoError(t, s.PurgeBefore(testContext(t), 5))
	require.NoError(t, s.PurgeBefore(testContext(t), 2))
	state, err := s.State(testContext(t))
	require.NoError(t, err)
	require.Equal(t, State{First: 5, Last: 5, Messages: 1, Bytes: state.Bytes, Removed: 4, Created: s.Created()}, state)
}

func TestSubjectsArePaged(t *testing.T) {
	js := natstest.Start(t).Connect(t)
	s := newStream(t, js)
	const count = 101_000
	conn := js.Conn()
	for i := range count {
		require.NoError(t, conn.Publish(fmt.Sprintf("s.%d", i), nil))
	}
	publish(t, js, "s.last", "")
	seen := map[string]bool{}
	removed := false
	for subject, err := range s.Subjects(testContext(t), "s.>") {
		require.NoError(t, err)
		seen[subject] = true
		if len(seen) == 50_000 && !removed {
			removed = true
			require.NoError(t, s.PurgeBefore(testContext(t), 30_001))
		}
	}
	for i := 30_000; i < count; i++ {
		require.True(t, seen[fmt.Sprintf("s.%d", i)], "subject %d", i)
	}
	for range s.Subjects(testContext(t), "s.>") {
		break
	}
}

func TestDomain(t *testing.T) {
	conn := natstest.Start(t).Connect(t).Conn()
	for prefix, make := range map[string]func() (jetstream.JetStream, error){
		"$JS.API.":       func() (jetstream.JetStream, error) { return jetstream.New(conn) },
		"$JS.hub.API.":   func() (jetstream.JetStream, error) { return jetstream.NewWithDomain(conn, "hub") },
		"imported.here.": func() (jetstream.JetStream, error) { return jetstream.NewWithAPIPrefix(conn, "imported.here") },
	} {
		js, err := make()
		require.NoError(t, err)
		require.Equal(t, prefix, newAPI(js).prefix)
	}
}
