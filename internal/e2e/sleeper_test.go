package e2e

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/worker"
	"github.com/perdure/perdure/sdk/workflow"
)

// A sleeper sleeps until its time is over or somebody wakes it, and tells which.
var (
	sleeper = workflow.Declare[time.Duration, string]("Sleeper")
	wake    = workflow.DeclareSignal[string]("wake")
	dream   = workflow.DeclareQuery[workflow.None, string]("dream")
)

var sleeping = []worker.Implementation{sleeper.Implement(func(ctx workflow.Context, d time.Duration) (string, error) {
	woken := "asleep"
	dream.Handle(ctx, func(workflow.None) (string, error) { return woken, nil })
	by, ok, err := wake.Channel(ctx).ReceiveWithTimeout(ctx, d)
	if err != nil {
		return "", err
	}
	if woken = by; !ok {
		woken = "timer"
	}
	return woken, nil
})}

// inParallel does something for each of the numbers, some at a time.
func inParallel(count int, do func(n int)) {
	const width = 64
	var all sync.WaitGroup
	next := make(chan int)
	for range width {
		all.Go(func() {
			for n := range next {
				do(n)
			}
		})
	}
	for n := range count {
		next <- n
	}
	close(next)
	all.Wait()
}

// startSleepers starts sleepers with the ids prefix-0, prefix-1, ...
func startSleepers(ctx context.Context, t testing.TB, c *client.Client, prefix string, count int, d func(n int) time.Duration) []client.Run[string] {
	t.Helper()
	runs, errs := make([]client.Run[string], count), make([]error, count)
	inParallel(count, func(n int) {
		runs[n], errs[n] = client.Start(ctx, c, sleeper, d(n), client.StartOptions{ID: fmt.Sprintf("%s-%d", prefix, n), TaskQueue: queue})
	})
	for _, err := range errs {
		require.NoError(t, err)
	}
	return runs
}

// wakeAll signals the runs.
func wakeAll(ctx context.Context, t testing.TB, c *client.Client, runs []client.Run[string]) {
	t.Helper()
	errs := make([]error, len(runs))
	inParallel(len(runs), func(n int) { errs[n] = client.Signal(ctx, c, runs[n].ID(), runs[n].RunID(), wake, "signal") })
	for _, err := range errs {
		require.NoError(t, err)
	}
}

// awaitAll waits for the runs' results.
func awaitAll(ctx context.Context, t testing.TB, runs []client.Run[string], want string) {
	t.Helper()
	results, errs := make([]string, len(runs)), make([]error, len(runs))
	inParallel(len(runs), func(n int) { results[n], errs[n] = runs[n].Result(ctx) })
	for n := range runs {
		require.NoError(t, errs[n], runs[n].ID())
		require.Equal(t, want, results[n], runs[n].ID())
	}
}

// streamState is what JetStream says of a stream.
func streamState(t testing.TB, js jetstream.JetStream, name string) jetstream.StreamState {
	t.Helper()
	s, err := js.Stream(within(t), name)
	require.NoError(t, err)
	return s.CachedInfo().State
}

// logs are the states of all logs of the default namespace.
func logs(t testing.TB, js jetstream.JetStream) []jetstream.StreamState {
	t.Helper()
	var states []jetstream.StreamState
	for shard := range shards {
		states = append(states, streamState(t, js, names.LogStream(first, shard)))
	}
	return states
}

// shards of a namespace that is made without saying how many.
const shards = 4
