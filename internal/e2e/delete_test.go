package e2e

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"

	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/internal/proctest"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/worker"
)

// What was deleted is gone, although the server is killed as soon as it has said so; what was not is there.
func TestDeletionsSurviveAKill(t *testing.T) {
	address, dir := proctest.FreeAddress(t), natstest.Dir(t)
	begin := func() *proctest.Process {
		server := startServer(t, settings{DataDir: dir, Listen: address, SyncInterval: seldom, Tuning: restless})
		server.AwaitReady(t)
		return server
	}
	server := begin()
	c := connectClient(t, "nats://"+address)
	startWorker(t, c, worker.Options{}, sleeping...)
	ctx := within(t)
	const rounds, each = 4, 6
	var deleted, kept [][2]string
	for round := range rounds {
		for n := range each {
			id := fmt.Sprintf("%d-%d", round, n)
			run, err := client.Start(ctx, c, sleeper, time.Hour, client.StartOptions{ID: id, TaskQueue: queue})
			require.NoError(t, err)
			if n%2 == 0 {
				require.NoError(t, c.Terminate(ctx, id, run.RunID(), "enough"))
			}
			if n%3 == 0 {
				kept = append(kept, [2]string{id, run.RunID()})
				continue
			}
			deleted = append(deleted, [2]string{id, run.RunID()})
			require.NoError(t, c.Delete(ctx, id, run.RunID()))
		}
		server.Kill()
		server = begin()
		checkDeleted(ctx, t, c, deleted, kept)
	}
	server.Stop(t)
}

func checkDeleted(ctx context.Context, t *testing.T, c *client.Client, deleted, kept [][2]string) {
	t.Helper()
	for _, run := range deleted {
		for _, runID := range []string{run[1], ""} {
			_, err := c.Describe(ctx, run[0], runID)
			var none *serviceerror.NotFound
			require.ErrorAs(t, err, &none, "%s %s", run[0], runID)
		}
	}
	for _, run := range kept {
		_, err := c.Describe(ctx, run[0], run[1])
		require.NoError(t, err)
	}
}
