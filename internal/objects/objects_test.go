package objects

import (
	"bytes"
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/internal/natstest"
)

func TestMain(m *testing.M) { natstest.VerifyTestMain(m) }

const name = api.Bucket("perdure-payloads-shop-1")

func makeBucket(t *testing.T, configure ...func(*server.Options)) (*Bucket, jetstream.JetStream) {
	t.Helper()
	js := natstest.Start(t, configure...).Connect(t)
	_, err := js.CreateStream(t.Context(), StreamConfig(name, 1))
	require.NoError(t, err)
	return &Bucket{Conn: js.Conn(), Name: name}, js
}

func content(size int) ([]byte, api.PayloadID) {
	data := make([]byte, size)
	for i := range data {
		data[i] = byte(rand.Uint32())
	}
	return data, api.PayloadIDOf(data)
}

func messages(t *testing.T, js jetstream.JetStream) uint64 {
	t.Helper()
	s, err := js.Stream(t.Context(), name.Stream())
	require.NoError(t, err)
	return s.CachedInfo().State.Msgs
}

// What is put comes back, and NATS's own object store reads it, too.
func TestPutAndGet(t *testing.T) {
	b, js := makeBucket(t)
	theirs, err := js.ObjectStore(t.Context(), string(name))
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		data, id := content(rapid.SampledFrom([]int{0, 1, chunkSize - 1, chunkSize, chunkSize + 1, 3 * chunkSize, 11 * chunkSize}).Draw(t, "size"))
		require.NoError(t, b.Put(context.Background(), id, data))
		got, err := b.Get(context.Background(), id, int64(len(data)))
		require.NoError(t, err)
		require.True(t, bytes.Equal(data, got))
		got, err = theirs.GetBytes(context.Background(), id.String())
		require.NoError(t, err)
		require.True(t, bytes.Equal(data, got))
	})
}

func TestSmallMessages(t *testing.T) {
	b, _ := makeBucket(t, func(o *server.Options) { o.MaxPayload = 8 << 10 })
	data, id := content(1 << 20)
	require.NoError(t, b.Put(t.Context(), id, data))
	got, err := b.Get(t.Context(), id, int64(len(data)))
	require.NoError(t, err)
	require.True(t, bytes.Equal(data, got))
}

func TestWhatIsThereIsNotSentAgain(t *testing.T) {
	b, js := makeBucket(t)
	data, id := content(2 * chunkSize)
	require.NoError(t, b.Put(t.Context(), id, data))
	require.EqualValues(t, 3, messages(t, js))
	require.NoError(t, b.Put(t.Context(), id, data))
	require.EqualValues(t, 3, messages(t, js), "it is young")
	before, err := b.find(t.Context(), id)
	require.NoError(t, err)

	b.RenewAfter = time.Nanosecond
	require.NoError(t, b.Put(t.Context(), id, data))
	require.EqualValues(t, 4, messages(t, js), "only what is said of it is written again")
	after, err := b.find(t.Context(), id)
	require.NoError(t, err)
	require.True(t, after.written.After(before.written))
	require.Equal(t, before.NUID, after.NUID)
	got, err := b.Get(t.Context(), id, int64(len(data)))
	require.NoError(t, err)
	require.Equal(t, data, got)
}

// A renewal that was decided before a removal is refused, and the object is put again.
func TestRemovedWhileItIsRenewed(t *testing.T) {
	b, js := makeBucket(t)
	data, id := content(chunkSize)
	require.NoError(t, b.Put(t.Context(), id, data))
	found, err := b.find(t.Context(), id)
	require.NoError(t, err)
	s, err := js.Stream(t.Context(), name.Stream())
	require.NoError(t, err)
	require.NoError(t, s.DeleteMsg(t.Context(), found.sequence))
	require.ErrorIs(t, b.describe(t.Context(), id, found.ObjectInfo, found.sequence), errConflict)
	_, err = b.Get(t.Context(), id, int64(len(data)))
	require.ErrorIs(t, err, ErrNotFound)
	require.NoError(t, b.Put(t.Context(), id, data))
	_, err = b.Get(t.Context(), id, int64(len(data)))
	require.NoError(t, err)
}

func TestManyPutOneObject(t *testing.T) {
	b, _ := makeBucket(t)
	data, id := content(3 * chunkSize)
	var all sync.WaitGroup
	failures := make(chan error, 16)
	for range 16 {
		all.Go(func() { failures <- b.Put(t.Context(), id, data) })
	}
	all.Wait()
	close(failures)
	for err := range failures {
		require.NoError(t, err)
	}
	got, err := b.Get(t.Context(), id, int64(len(data)))
	require.NoError(t, err)
	require.Equal(t, data, got)
}

func TestWhatGoesWrong(t *testing.T) {
	b, js := makeBucket(t)
	data, id := content(2 * chunkSize)
	_, err := b.Get(t.Context(), id, 1<<30)
	require.ErrorIs(t, err, ErrNotFound)

	require.NoError(t, b.Put(t.Context(), id, data))
	_, err = b.Get(t.Context(), id, 10)
	require.ErrorIs(t, err, ErrDamaged)

	found, err := b.find(t.Context(), id)
	require.NoError(t, err)
	s, err := js.Stream(t.Context(), name.Stream())
	require.NoError(t, err)
	require.NoError(t, s.DeleteMsg(t.Context(), 1))
	_, err = b.Get(t.Context(), id, 1<<30)
	require.ErrorIs(t, err, ErrDamaged, "a chunk is gone")
	_, err = js.Publish(t.Context(), name.Chunks(found.NUID), make([]byte, chunkSize))
	require.NoError(t, err)
	_, err = b.Get(t.Context(), id, 1<<30)
	require.ErrorIs(t, err, ErrDamaged, "chunks are changed")
	_, err = js.Publish(t.Context(), name.Meta(id.String()), []byte("nonsense"))
	require.NoError(t, err)
	_, err = b.Get(t.Context(), id, 1<<30)
	require.ErrorIs(t, err, ErrDamaged, "what is said of it is nonsense")
	require.NoError(t, b.Put(t.Context(), id, data), "it is mended")
	_, err = b.Get(t.Context(), id, 1<<30)
	require.NoError(t, err)

	require.NoError(t, js.DeleteStream(t.Context(), name.Stream()))
	require.ErrorIs(t, b.Put(t.Context(), id, data), ErrNoBucket)
	_, err = b.Get(t.Context(), id, 1<<30)
	require.ErrorIs(t, err, ErrNoBucket)
	_, err = js.Stream(t.Context(), name.Stream())
	require.ErrorIs(t, err, jetstream.ErrStreamNotFound, "it is not made again")

	js.Conn().Close()
	require.ErrorIs(t, b.Put(t.Context(), id, data), ErrUnavailable)
	_, err = b.Get(t.Context(), id, 1<<30)
	require.ErrorIs(t, err, ErrUnavailable)
}

func TestABucketThatIsFull(t *testing.T) {
	js := natstest.Start(t).Connect(t)
	config := StreamConfig(name, 1)
	config.MaxBytes = 64 << 10
	_, err := js.CreateStream(t.Context(), config)
	require.NoError(t, err)
	b := &Bucket{Conn: js.Conn(), Name: name}
	data, id := content(1 << 20)
	require.ErrorIs(t, b.Put(t.Context(), id, data), ErrFull)
}

// No message of a client's empties the bucket.
func TestNothingIsRolledUp(t *testing.T) {
	b, js := makeBucket(t)
	data, id := content(10)
	require.NoError(t, b.Put(t.Context(), id, data))
	_, err := js.PublishMsg(t.Context(), &nats.Msg{Subject: name.Chunks("x"), Header: nats.Header{jetstream.MsgRollup: {jetstream.MsgRollupAll}}})
	require.Error(t, err)
	_, err = b.Get(t.Context(), id, 10)
	require.NoError(t, err)
}
