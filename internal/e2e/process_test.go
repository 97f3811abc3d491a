package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/internal/connect"
	"github.com/perdure/perdure/runtime"
)

// serverVariable makes this test binary a server, with the settings that it holds.
const serverVariable = "PERDURE_E2E_SERVER"

// settings of a server that is a process of its own.
type settings struct {
	DataDir, Listen string
	// URL of a NATS to serve on; empty: an embedded one.
	URL          string
	SyncInterval time.Duration
	Namespaces   []string
	Tuning       runtime.Tuning
}

func (s settings) config(logger zerolog.Logger) runtime.Config {
	return runtime.Config{
		DataDir: s.DataDir, Listen: s.Listen, SyncInterval: s.SyncInterval, Namespaces: s.Namespaces, Tuning: s.Tuning,
		External: s.URL != "", Connection: connect.Settings{URL: s.URL}, Logger: logger,
	}
}

// serve is the child's main. It ends with SIGTERM, or when its standard input
// does: with the process that has started it.
func serve(encoded string) int {
	var s settings
	if err := json.Unmarshal([]byte(encoded), &s); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(3)
	}()
	server, err := runtime.Start(ctx, s.config(zerolog.New(os.Stderr).Level(zerolog.WarnLevel)))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println("ready", server.URL())
	<-ctx.Done()
	stopping, end := context.WithTimeout(context.Background(), 15*time.Second)
	defer end()
	if err := server.Stop(stopping); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// process is a server, whose log is kept.
type process struct {
	cmd   *exec.Cmd
	stdin io.Closer
	ready chan struct{} // closed when it serves, or ends without
	done  chan struct{} // closed when it has ended
	log   *text
}

// startServer runs this binary as a server.
func startServer(t testing.TB, s settings) *process {
	t.Helper()
	encoded, err := json.Marshal(s)
	require.NoError(t, err)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serverVariable+"="+string(encoded))
	return startProcess(t, cmd)
}

// startProcess runs a command that says on standard output when it is ready.
func startProcess(t testing.TB, cmd *exec.Cmd) *process {
	t.Helper()
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
		require.NotContains(t, p.log.String(), "goroutine 1 [", "the server panicked")
		if t.Failed() {
			t.Logf("the log of process %d ends with:\n%s", cmd.Process.Pid, tail(p.log.String(), 4000))
		}
	})
	return p
}

// kill ends it as kill -9 does, and waits for that.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.done
	_ = p.stdin.Close()
}

// stop ends it with SIGTERM, and cleanly.
func (p *process) stop(t testing.TB) {
	t.Helper()
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
	<-p.done
	require.Zero(t, p.cmd.ProcessState.ExitCode(), "%s", p.log)
}

// awaitReady waits until it serves.
func (p *process) awaitReady(t testing.TB) {
	t.Helper()
	select {
	case <-p.ready:
	case <-within(t).Done():
		require.Fail(t, "the server does not become ready", "%s", p.log)
	}
	select {
	case <-p.done:
		require.Fail(t, "the server has ended", "%s", p.log)
	default:
	}
}

// text is a log that is written and read at the same time.
type text struct {
	mu    sync.Mutex // guards bytes
	bytes bytes.Buffer
}

func (l *text) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bytes.Write(p)
}

func (l *text) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bytes.String()
}

// count is in how many lines all of the words are.
func (l *text) count(words ...string) (n int) {
lines:
	for line := range strings.Lines(l.String()) {
		for _, word := range words {
			if !strings.Contains(line, word) {
				continue lines
			}
		}
		n++
	}
	return n
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }

// freePort is one that nobody listens at, to be the same over several lives of a server.
func freePort(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}
