package sweep

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/history/stream"
	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/internal/objects"
)

func TestMain(m *testing.M) { natstest.VerifyTestMain(m) }

const name = api.Bucket("perdure-payloads-shop-1")

// fixture is a bucket, who puts into it, and a sweeper that is driven by the test.
type fixture struct {
	js      jetstream.JetStream
	objects *objects.Bucket
	sweeper *Sweeper
	held    map[api.PayloadID]struct{}
}

// newFixture has no grace: all that is there when a sweep begins is old.
func newFixture(t *testing.T, grace time.Duration) *fixture {
	t.Helper()
	return newFixtureOn(t, natstest.Start(t).Connect(t), 1, grace)
}

func newFixtureOn(t *testing.T, js jetstream.JetStream, replicas int, grace time.Duration) *fixture {
	t.Helper()
	config := objects.StreamConfig(name, replicas)
	created, err := stream.Create(t.Context(), js, config)
	require.NoError(t, err)
	f := &fixture{js: js, objects: &objects.Bucket{Conn: js.Conn(), Name: name, RenewAfter: time.Nanosecond}, held: map[api.PayloadID]struct{}{}}
	f.sweeper = &Sweeper{config: Config{
		JetStream: js, Bucket: name, Stream: config, Created: created, Grace: grace,
		Held: func(context.Context) (map[api.PayloadID]struct{}, error) { return f.held, nil },
	}}
	return f
}

func (f *fixture) put(t require.TestingT, n int) api.PayloadID {
	data := fmt.Appendf(nil, "payload %d", n)
	id := api.PayloadIDOf(data)
	require.NoError(t, f.objects.Put(context.Background(), id, data))
	return id
}

// has asks the stream first: reading what is not there takes a while, since a replica may lag.
func (f *fixture) has(id api.PayloadID) bool {
	s, err := f.js.Stream(context.Background(), name.Stream())
	if err != nil {
		return false
	}
	if _, err := s.GetLastMsgForSubject(context.Background(), name.Meta(id.String())); err != nil {
		return false
	}
	_, err = f.objects.Get(context.Background(), id, 1<<20)
	return err == nil
}

func (f *fixture) messages(t require.TestingT) uint64 {
	s, err := f.js.Stream(context.Background(), name.Stream())
	require.NoError(t, err)
	return s.CachedInfo().State.Msgs
}

func TestWhatIsHeldStays(t *testing.T) {
	f := newFixture(t, 0)
	held, unheld := f.put(t, 1), f.put(t, 2)
	f.held[held] = struct{}{}
	result, err := f.sweeper.sweep(t.Context())
	require.NoError(t, err)
	require.Equal(t, Result{Removed: 1, Held: 1}, result)
	require.True(t, f.has(held))
	require.False(t, f.has(unheld))
	require.EqualValues(t, 2, f.messages(t), "nothing is left of the other")

	delete(f.held, held)
	_, err = f.sweeper.sweep(t.Context())
	require.NoError(t, err)
	require.Zero(t, f.messages(t))
}

func TestWhatIsYoungStays(t *testing.T) {
	f := newFixture(t, time.Hour)
	f.sweeper.config.Held = func(context.Context) (map[api.PayloadID]struct{}, error) {
		return nil, errors.New("nobody need know who holds what")
	}
	id := f.put(t, 1)
	_, err := f.js.Publish(t.Context(), name.Chunks("unfinished"), []byte("x"))
	require.NoError(t, err)
	result, err := f.sweeper.sweep(t.Context())
	require.NoError(t, err)
	require.Zero(t, result)
	require.True(t, f.has(id))
	require.EqualValues(t, 3, f.messages(t))
}

// A payload that is renewed while it is being swept stays, and so does one that is put again.
func TestRenewedMeanwhile(t *testing.T) {
	f := newFixture(t, 0)
	renewed := f.put(t, 1)
	f.sweeper.config.Held = func(context.Context) (map[api.PayloadID]struct{}, error) {
		f.put(t, 1) // between what was found and its removal
		return nil, nil
	}
	result, err := f.sweeper.sweep(t.Context())
	require.NoError(t, err)
	require.Zero(t, result.Removed)
	require.True(t, f.has(renewed))
}

func TestWhatACrashLeaves(t *testing.T) {
	f := newFixture(t, 0)
	id := f.put(t, 1)
	_, err := f.js.Publish(t.Context(), name.Chunks("unfinished"), []byte("x"))
	require.NoError(t, err)
	_, err = f.js.Publish(t.Context(), name.Meta("foreign"), []byte(`{"name":"foreign"}`))
	require.NoError(t, err)
	f.held[id] = struct{}{}
	result, err := f.sweeper.sweep(t.Context())
	require.NoError(t, err)
	require.Equal(t, Result{Held: 1, Orphans: 1}, result)
	require.True(t, f.has(id))
	require.EqualValues(t, 3, f.messages(t), "the payload, and what is somebody else's")
}

func TestNothingIsRemovedInDoubt(t *testing.T) {
	f := newFixture(t, 0)
	id := f.put(t, 1)
	doubt := errors.New("a shard recovers")
	f.sweeper.config.Held = func(context.Context) (map[api.PayloadID]struct{}, error) { return nil, doubt }
	_, err := f.sweeper.sweep(t.Context())
	require.ErrorIs(t, err, doubt)
	require.True(t, f.has(id))

	f.sweeper.config.Created = time.Now()
	_, err = f.sweeper.sweep(t.Context())
	require.ErrorIs(t, err, stream.ErrReplaced)
	require.NoError(t, f.js.DeleteStream(t.Context(), name.Stream()))
	_, err = f.sweeper.sweep(t.Context())
	require.ErrorIs(t, err, stream.ErrMissing)
	_, err = f.js.Stream(t.Context(), name.Stream())
	require.ErrorIs(t, err, jetstream.ErrStreamNotFound, "it is not made again")
}

// Puts, renewals, holders that come and go, and sweeps, in any order.
func TestRandom(t *testing.T) {
	f := newFixture(t, 0)
	rapid.Check(t, func(t *rapid.T) {
		ids := map[int]api.PayloadID{}
		clear(f.held)
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				n := rapid.IntRange(0, 5).Draw(t, "n")
				ids[n] = f.put(t, n)
				f.held[ids[n]] = struct{}{}
			},
			"let go": func(t *rapid.T) {
				delete(f.held, ids[rapid.IntRange(0, 5).Draw(t, "n")])
			},
			"sweep": func(t *rapid.T) {
				_, err := f.sweeper.sweep(context.Background())
				require.NoError(t, err)
				for _, id := range ids {
					_, held := f.held[id]
					require.Equal(t, held, f.has(id))
				}
			},
		})
		clear(f.held)
		_, err := f.sweeper.sweep(context.Background())
		require.NoError(t, err)
		require.Zero(t, f.messages(t))
	})
}

func TestSweepsGoOnUntilStop(t *testing.T) {
	f := newFixture(t, 0)
	f.put(t, 1)
	config := f.sweeper.config
	config.Grace, config.Logger = 20*time.Millisecond, zerolog.Nop()
	results := make(chan Result)
	ended := make(chan struct{})
	config.Swept = func(r Result, err error) {
		select {
		case results <- r:
		case <-ended:
		}
	}
	s := Start(config)
	for removed := 0; removed == 0; {
		removed += (<-results).Removed
	}
	close(ended)
	s.Stop()
	s.Stop()
	require.Zero(t, f.messages(t))
}

// Where sweeps take long they are rarer.
func TestSweepsTakeASmallShareOfTheTime(t *testing.T) {
	s := &Sweeper{config: Config{Grace: time.Hour}}
	for took, want := range map[time.Duration]time.Duration{0: 30 * time.Minute, time.Minute: 30 * time.Minute, 2 * time.Minute: 38 * time.Minute} {
		require.Equal(t, want, s.pause(took), took)
	}
}
