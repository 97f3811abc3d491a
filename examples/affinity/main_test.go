package main

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/runtime"
	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/workflowtest"
)

func TestMain(m *testing.M) { natstest.VerifyTestMain(m) }

func TestEachFilmStaysWhereItIs(t *testing.T) {
	server, err := runtime.Start(t.Context(), runtime.Config{DataDir: natstest.Dir(t), Listen: "127.0.0.1:0", SyncInterval: time.Minute})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.Background())) })

	var out bytes.Buffer
	require.NoError(t, run(t.Context(), server.URL(), &out))
	require.Equal(t, "cut: the whole of Metropolis\ncut: the whole of Nosferatu\ncut: the whole of Faust\n", out.String())
}

// A machine that is lost ends nothing: the film is fetched again, to whichever machine takes it.
func TestAMachineIsLost(t *testing.T) {
	env := workflowtest.New(t, workflowtest.Options{}, Film.Implement(film))
	there := machine{queue: "there", disk: t.TempDir()}
	claims := workflowtest.OnActivity(env, Claim, func(context.Context, activity.None) (string, error) { return there.queue, nil })
	fetches := 0
	workflowtest.OnActivity(env, Fetch, func(ctx context.Context, title string) (string, error) {
		if fetches++; fetches == 1 {
			return "", activity.ErrResultPending // and then the machine is gone
		}
		return there.fetch(ctx, title)
	})
	workflowtest.OnActivity(env, Cut, there.cut)
	cut, err := workflowtest.Execute(env, Film, "Faust")
	require.NoError(t, err)
	require.Equal(t, "cut: the whole of Faust", cut)
	require.Equal(t, 2, claims.Calls())
}
