package e2e

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/runtime"
	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/worker"
	"github.com/perdure/perdure/sdk/workflow"
)

var (
	haul     = workflow.Declare[[]byte, []byte]("Haul")
	carry    = activity.Declare[[]byte, []byte]("Carry")
	spill    = workflow.Declare[[]byte, workflow.None]("Spill")
	loadMore = workflow.DeclareSignal[[]byte]("load more")
	lookAt   = workflow.DeclareQuery[workflow.None, []byte]("look at")
)

// bucket is where large payloads are.
var bucket = names.PayloadsBucket(first)

func random(size int) []byte {
	data := make([]byte, size)
	_, _ = rand.Read(data)
	return data
}

// hauling has all that it is given carried.
func hauling(ctx workflow.Context, in []byte) ([]byte, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	lookAt.Handle(ctx, func(workflow.None) ([]byte, error) { return in, nil })
	more, _ := loadMore.Channel(ctx).Receive(ctx)
	in = append(in, more...)
	return workflow.ExecuteActivity(ctx, carry, in).Get(ctx)
}

// carrying beats with its whole input and fails, and returns what the heartbeat has kept.
func carrying(ctx context.Context, in []byte) ([]byte, error) {
	if activity.GetInfo(ctx).Attempt == 1 {
		activity.RecordHeartbeat(ctx, in)
		return nil, failure.NewApplicationError("too heavy", "Heavy", in)
	}
	var kept []byte
	err := activity.GetHeartbeatDetails(ctx, &kept)
	return kept, err
}

// spilling fails with its input.
func spilling(_ workflow.Context, in []byte) (workflow.None, error) {
	return workflow.None{}, failure.NewNonRetryableApplicationError("spilled", "Spilled", nil, in)
}

// Payloads of any way through a workflow may be larger than NATS's messages, and the log has none of them.
func TestLargePayloads(t *testing.T) {
	_, c, js := startEmbedded(t)
	ctx := within(t)
	startWorker(t, c, worker.Options{StickyCacheSize: -1}, haul.Implement(hauling), carry.Implement(carrying), spill.Implement(spilling))
	in, more := random(2<<20), random(3<<20)

	run, err := client.Start(ctx, c, haul, in, client.StartOptions{TaskQueue: queue})
	require.NoError(t, err)
	seen, err := client.Query(ctx, c, run.ID(), "", lookAt, workflow.None{})
	require.NoError(t, err)
	require.True(t, bytes.Equal(in, seen))
	require.NoError(t, client.Signal(ctx, c, run.ID(), "", loadMore, more))
	out, err := run.Result(ctx)
	require.NoError(t, err)
	require.True(t, bytes.Equal(slices.Concat(in, more), out))

	spilled, err := client.Start(ctx, c, spill, in, client.StartOptions{TaskQueue: queue})
	require.NoError(t, err)
	_, err = spilled.Result(ctx)
	var failed *failure.ApplicationError
	require.ErrorAs(t, err, &failed)
	var details []byte
	require.NoError(t, failed.Details(&details))
	require.True(t, bytes.Equal(in, details))

	var logged uint64
	for shard := range 4 {
		logs, err := js.Stream(ctx, names.LogStream(first, shard))
		require.NoError(t, err)
		logged += logs.CachedInfo().State.Bytes
	}
	require.Less(t, logged, uint64(256<<10))
	objects, err := js.ObjectStore(ctx, string(bucket))
	require.NoError(t, err)
	kept, err := objects.List(ctx)
	require.NoError(t, err)
	require.Len(t, kept, 3, "each payload is there once, however often it was sent")
}

// What is small goes on without the bucket.
func TestSmallPayloadsWithoutTheBucket(t *testing.T) {
	_, c, js := startEmbedded(t)
	ctx := within(t)
	startWorker(t, c, worker.Options{}, haul.Implement(hauling), carry.Implement(carrying))
	require.NoError(t, js.DeleteStream(ctx, bucket.Stream()))
	run, err := client.Start(ctx, c, haul, []byte("a"), client.StartOptions{TaskQueue: queue})
	require.NoError(t, err)
	require.NoError(t, client.Signal(ctx, c, run.ID(), "", loadMore, []byte("b")))
	out, err := run.Result(ctx)
	require.NoError(t, err)
	require.Equal(t, "ab", string(out))
	_, err = js.Stream(ctx, bucket.Stream())
	require.ErrorIs(t, err, jetstream.ErrStreamNotFound)
}

// Nobody holds a payload of a workflow that was deleted: it goes, and those of others stay, in memory, at rest and closed.
func TestPayloadsThatNobodyHoldsGo(t *testing.T) {
	s := startLocal(t, runtime.Config{
		DataDir: natstest.Dir(t), Listen: "127.0.0.1:0", SyncInterval: seldom,
		Tuning: runtime.Tuning{PayloadGrace: 4 * time.Second, RestAfter: 500 * time.Millisecond},
	})
	c, js, ctx := connectClient(t, s.URL()), jetStream(t, s.URL()), within(t)
	startWorker(t, c, worker.Options{StickyCacheSize: -1}, haul.Implement(hauling), carry.Implement(carrying), spill.Implement(spilling))
	held, unheld := random(1<<20), random(1<<20)
	objects, err := js.ObjectStore(ctx, string(bucket))
	require.NoError(t, err)
	count := func() int {
		counting, done := context.WithTimeout(t.Context(), 10*time.Second)
		defer done()
		all, err := objects.List(counting)
		if err != nil && !errors.Is(err, jetstream.ErrNoObjectsFound) {
			return -1 // it is counted again
		}
		return len(all)
	}

	waits, err := client.Start(ctx, c, haul, held, client.StartOptions{TaskQueue: queue})
	require.NoError(t, err)
	closed, err := client.Start(ctx, c, spill, unheld, client.StartOptions{TaskQueue: queue})
	require.NoError(t, err)
	_, err = closed.Result(ctx)
	require.Error(t, err)
	require.Equal(t, 2, count(), "an input, and another, which is in the failure, too")
	require.NoError(t, c.Delete(ctx, closed.ID(), closed.RunID()))
	eventually(t, func() bool { return count() == 1 }, "what the deleted workflow had is still there")

	// What waits is at rest by now, and whole.
	ctx = within(t)
	require.NoError(t, client.Signal(ctx, c, waits.ID(), "", loadMore, unheld))
	out, err := waits.Result(ctx)
	require.NoError(t, err)
	require.True(t, bytes.Equal(slices.Concat(held, unheld), out))
	require.NoError(t, c.Delete(ctx, waits.ID(), waits.RunID()))
	eventually(t, func() bool { return count() == 0 }, "what the deleted workflows had is still there")
	ctx = within(t)
	stored, err := js.Stream(ctx, bucket.Stream())
	require.NoError(t, err)
	eventually(t, func() bool {
		info, err := stored.Info(ctx)
		return err == nil && info.State.Msgs == 0
	}, "something of the payloads is left")
}
