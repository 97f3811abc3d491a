package runtime

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

var long = flag.Bool("long", false, "crash for minutes, not for seconds")

// crashDir, in the environment, makes the test binary a server that is there to be killed.
const crashDir, crashListen = "PERDURE_TEST_CRASH_DIR", "PERDURE_TEST_CRASH_LISTEN"

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		serveToCrash(dir, os.Getenv(crashListen))
	}
	goleak.VerifyTestMain(m, leftByNATS...)
}

// leftByNATS are what a nats-server 2.15.2 leaves behind that is shut down while it makes a stream.
var leftByNATS = []goleak.Option{
	goleak.IgnoreAnyFunction("github.com/nats-io/nats-server/v2/server.(*fileStore).flushStreamStateLoop"),
	goleak.IgnoreAnyFunction("github.com/nats-io/nats-server/v2/server.(*msgBlock).flushLoop"),
	goleak.IgnoreAnyFunction("github.com/nats-io/nats-server/v2/server/ats.Register.func1"),
}

// serveToCrash serves until the process is killed.
func serveToCrash(dir, listen string) {
	s, err := Start(context.Background(), Config{DataDir: dir, Listen: listen})
	if err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
	fmt.Println("ready:", s.URL())
	select {}
}

// victim is a server in a process of its own.
type victim struct {
	process *exec.Cmd
	url     string
}

func startVictim(t *testing.T, dir, listen string) *victim {
	t.Helper()
	program, err := os.Executable()
	require.NoError(t, err)
	v := &victim{process: exec.CommandContext(t.Context(), program)}
	v.process.Env = append(os.Environ(), crashDir+"="+dir, crashListen+"="+listen)
	v.process.Stderr = os.Stderr
	out, err := v.process.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, v.process.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	url, ready := strings.CutPrefix(strings.TrimSpace(line), "ready: ")
	require.True(t, ready, line)
	v.url = url
	return v
}

// kill is kill -9.
func (v *victim) kill(t *testing.T) {
	t.Helper()
	require.NoError(t, v.process.Process.Kill())
	_ = v.process.Wait() // says that it was killed
}

// Whenever the server is killed, each workflow completes, its history is well-formed, and each step was taken: at
// least once, or at most once where it may not be tried again.
func TestCrash(t *testing.T) {
	number, deaths := 200, 3
	if *long {
		number, deaths = 10_000, 60
	}
	dir := t.TempDir()
	v := startVictim(t, dir, "127.0.0.1:0")
	address := strings.TrimPrefix(v.url, "nats://")
	l := startLoad(t, v.url, number, 64, deaths)
	for _, milestone := range l.effects.milestones {
		<-milestone
		v.kill(t)
		v = startVictim(t, dir, address)
	}
	l.finish(t)
	v.kill(t)
}
