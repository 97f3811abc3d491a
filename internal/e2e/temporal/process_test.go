package temporal

import (
	"context"
	"os"
	"time"

	"github.com/rs/zerolog"

	"github.com/perdure/perdure/internal/proctest"
	"github.com/perdure/perdure/runtime"
)

// Variables of the environment that make this test binary something else than the tests.
const (
	serverVariable = "PERDURE_TEMPORAL_SERVER" // a server, with the addresses that it holds
	workerVariable = "PERDURE_TEMPORAL_WORKER" // a worker, with the job that it holds
)

// addresses are those of a server that is a process of its own.
type addresses struct{ DataDir, Listen, GRPC string }

// serve is the server's main.
func serve(ctx context.Context, at addresses) error {
	s, err := runtime.Start(ctx, runtime.Config{
		DataDir: at.DataDir, Listen: at.Listen, SyncInterval: time.Minute, GRPC: runtime.GRPC{Listen: at.GRPC},
		Logger: zerolog.New(os.Stderr).Level(zerolog.WarnLevel),
	})
	if err != nil {
		return err
	}
	return proctest.Serve(ctx, s)
}
