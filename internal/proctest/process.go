package proctest

import (
	"bufio"
	"io"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/internal/logtest"
)

const (
	// patience is how long a process may take to become ready.
	patience = 90 * time.Second
	// shown is how many bytes of a process's log a failed test shows.
	shown = 4000
)

// Process is one that was started. It is killed when the test ends, if it has not ended before.
type Process struct {
	// Log is what it writes to standard error.
	Log *logtest.Lines

	cmd   *exec.Cmd
	stdin io.Closer
	ready chan struct{} // closed when it says so, or ends
	done  chan struct{} // closed when it has ended
}

// Start runs a command that says on standard output, with its first line, when it is ready. Its standard input ends
// with this process at the latest. After the test its log must tell of no data race and no panic.
func Start(t testing.TB, cmd *exec.Cmd) *Process {
	t.Helper()
	p := &Process{Log: &logtest.Lines{}, cmd: cmd, ready: make(chan struct{}), done: make(chan struct{})}
	cmd.Stderr = p.Log
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
		p.Kill()
		require.NotContains(t, p.Log.String(), "DATA RACE")
		require.NotContains(t, p.Log.String(), "goroutine 1 [", "the process panicked")
		if t.Failed() {
			t.Logf("the log of process %d ends with:\n%s", p.ID(), p.Log.Tail(shown))
		}
	})
	return p
}

// ID is the operating system's.
func (p *Process) ID() int { return p.cmd.Process.Pid }

// Ready is closed when the process says that it is ready, or ends.
func (p *Process) Ready() <-chan struct{} { return p.ready }

// AwaitReady waits until the process says that it is ready. The test fails if it ends instead, or takes too long.
func (p *Process) AwaitReady(t testing.TB) {
	t.Helper()
	select {
	case <-p.ready:
	case <-time.After(patience):
		require.Fail(t, "the process does not become ready", "%s", p.Log)
	}
	select {
	case <-p.done:
		require.Fail(t, "the process has ended", "%s", p.Log)
	default:
	}
}

// Kill ends the process as kill -9 does, and waits for that. Twice is safe.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.done
	_ = p.stdin.Close()
}

// Stop ends the process with SIGTERM, and waits for that. The test fails if its exit code is not 0.
func (p *Process) Stop(t testing.TB) {
	t.Helper()
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
	<-p.done
	require.Zero(t, p.cmd.ProcessState.ExitCode(), "%s", p.Log)
}
