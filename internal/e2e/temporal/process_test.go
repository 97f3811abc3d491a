package temporal

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/runtime"
)

// Variables of the environment that make this test binary something else than the tests.
const (
	serverVariable = "PERDURE_TEMPORAL_SERVER" // a server, with the addresses that it holds
	workerVariable = "PERDURE_TEMPORAL_WORKER" // a worker, with the job that it holds
)

// child is what this binary is when it is not the tests.
func child() (run func() int, is bool) {
	if encoded := os.Getenv(serverVariable); encoded != "" {
		return func() int { return serve(encoded) }, true
	}
	if encoded := os.Getenv(workerVariable); encoded != "" {
		return func() int { return work(encoded) }, true
	}
	return nil, false
}

// addresses are those of a server that is a process of its own.
type addresses struct{ DataDir, Listen, GRPC string }

// serve is a server's main. It ends with SIGTERM, or when its standard input does: with the process that has started it.
func serve(encoded string) int {
	var at addresses
	if err := json.Unmarshal([]byte(encoded), &at); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	go endWithStarter()
	s, err := runtime.Start(ctx, runtime.Config{
		DataDir: at.DataDir, Listen: at.Listen, SyncInterval: time.Minute, GRPC: runtime.GRPC{Listen: at.GRPC},
		Logger: zerolog.New(os.Stderr).Level(zerolog.WarnLevel),
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println("ready")
	<-ctx.Done()
	stopping, end := context.WithTimeout(context.Background(), 15*time.Second)
	defer end()
	if err := s.Stop(stopping); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// endWithStarter ends this process when its standard input ends.
func endWithStarter() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(3)
}

// process is one that was started, and its log.
type process struct {
	cmd   *exec.Cmd
	stdin io.Closer
	ready chan struct{} // closed when it says so, or ends
	done  chan struct{} // closed when it has ended
	log   *text
}

// startProcess runs this binary as a child that says on standard output when it is ready.
func startProcess(t testing.TB, variable string, settings any) *process {
	t.Helper()
	encoded, err := json.Marshal(settings)
	require.NoError(t, err)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), variable+"="+string(encoded))
	p := &process{cmd: cmd, ready: make(chan struct{}), done: make(chan struct{}), log: &text{}}
	cmd.Stderr = p.log
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	p.stdin, err = cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	go func() {
		defer close(p.done)
		lines := bufio.NewScanner(out)
		lines.Scan()
		close(p.ready)
		for lines.Scan() { // the pipe must not fill
		}
		_ = cmd.Wait() // how it ended is in ProcessState
	}()
	t.Cleanup(func() {
		p.kill()
		require.NotContains(t, p.log.String(), "DATA RACE")
		if t.Failed() {
			t.Logf("the log of process %d:\n%s", cmd.Process.Pid, p.log)
		}
	})
	return p
}

// awaitReady waits until it says that it is ready.
func (p *process) awaitReady(t testing.TB) {
	t.Helper()
	await(t, p.ready, "a process does not become ready")
	select {
	case <-p.done:
		require.Fail(t, "a process has ended", "%s", p.log)
	default:
	}
}

// kill ends it as kill -9 does, and waits for that.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.done
	_ = p.stdin.Close()
}

// freePort is one that nobody listens at, to be the same over several lives of a server.
func freePort(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	return listener.Addr().String()
}
