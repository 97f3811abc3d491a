package proctest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// StartAgain runs this test binary once more, to become what the variable of the environment says, with settings, which
// are passed as JSON.
func StartAgain(t testing.TB, variable string, settings any) *Process {
	t.Helper()
	encoded, err := json.Marshal(settings)
	require.NoError(t, err)
	cmd := exec.CommandContext(context.Background(), os.Args[0]) // Start has it end
	cmd.Env = append(os.Environ(), variable+"="+string(encoded))
	return Start(t, cmd)
}

// Become runs main in place of the tests, and then ends the process, if StartAgain has started it with this variable;
// else it does nothing. The context ends with SIGTERM. The exit code is 1 after an error, which is written to standard
// error, and 3 if the process that has started this one has ended before.
func Become[S any](variable string, main func(ctx context.Context, settings S) error) {
	encoded, is := os.LookupEnv(variable)
	if !is {
		return
	}
	go endWithStarter()
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	var settings S
	err := json.Unmarshal([]byte(encoded), &settings)
	if err == nil {
		err = main(ctx, settings)
	}
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// endWithStarter ends this process when its standard input ends: with the process that holds the other end.
func endWithStarter() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(3)
}

// SayReady has AwaitReady return.
func SayReady() { fmt.Println("ready") }

// Server is what has to be stopped.
type Server interface {
	Stop(ctx context.Context) error
}

// Serve says that the server is ready, waits until the context ends, and stops it, within 15 s.
func Serve(ctx context.Context, server Server) error {
	SayReady()
	<-ctx.Done()
	stopping, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	return server.Stop(stopping)
}
