package e2e

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/perdure/perdure/internal/proctest"
	"github.com/perdure/perdure/runtime"
)

// serverVariable makes this test binary a server, with the settings that it holds.
const serverVariable = "PERDURE_E2E_SERVER"

// settings of a server that is a process of its own.
type settings struct {
	DataDir, Listen string
	SyncInterval    time.Duration
	Tuning          runtime.Tuning
}

// serve is the server's main.
func serve(ctx context.Context, s settings) error {
	server, err := runtime.Start(ctx, runtime.Config{
		DataDir: s.DataDir, Listen: s.Listen, SyncInterval: s.SyncInterval, Tuning: s.Tuning,
		Logger: zerolog.New(os.Stderr).Level(zerolog.WarnLevel),
	})
	if err != nil {
		return err
	}
	return proctest.Serve(ctx, server)
}

// startServer runs this binary as a server.
func startServer(t testing.TB, s settings) *proctest.Process {
	t.Helper()
	return proctest.StartAgain(t, serverVariable, s)
}
