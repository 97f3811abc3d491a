package temporal

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/internal/logtest"
	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/runtime"
)

// server is one within the test.
type server struct{ *runtime.Server }

// settings are those of a server in a folder, with a gRPC door.
func settings(dir string, log *logtest.Lines) runtime.Config {
	return runtime.Config{
		DataDir: dir, Listen: "127.0.0.1:0", SyncInterval: time.Minute,
		GRPC:   runtime.GRPC{Listen: "127.0.0.1:0"},
		Logger: zerolog.New(log).Level(zerolog.WarnLevel),
	}
}

// start starts a server that is stopped after the test; its log is shown when the test has failed.
func start(t testing.TB, change ...func(*runtime.Config)) *server {
	t.Helper()
	log := &logtest.Lines{}
	config := settings(natstest.Dir(t), log)
	for _, f := range change {
		f(&config)
	}
	s, err := runtime.Start(within(t), config)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		require.NoError(t, s.Stop(ctx))
		if t.Failed() {
			t.Logf("the server's log: %s", log)
		}
	})
	return &server{Server: s}
}

// common is the server that tests share which do it no harm; the first one starts it, and TestMain stops it.
var common struct {
	once   sync.Once
	server *server
	err    error
	dir    string
	log    logtest.Lines
}

func shared(t testing.TB) *server {
	t.Helper()
	common.once.Do(func() {
		if common.dir, common.err = os.MkdirTemp("", "perdure-temporal-"); common.err != nil { //nolint:usetesting // it outlives the test
			return
		}
		var s *runtime.Server
		s, common.err = runtime.Start(within(t), settings(common.dir, &common.log))
		common.server = &server{s}
	})
	require.NoError(t, common.err)
	return common.server
}

// stopShared stops it, if it was started.
func stopShared() error {
	if common.server == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := common.server.Stop(ctx); err != nil {
		return err
	}
	return os.RemoveAll(common.dir)
}
