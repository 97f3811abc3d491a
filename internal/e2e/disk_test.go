package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/internal/proctest"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/worker"
)

// smallDisk is a folder on a file system of its own, of so many bytes; false where this user may not mount one.
func smallDisk(t testing.TB, size int) (dir string, mounted bool) {
	t.Helper()
	dir = t.TempDir()
	said, err := exec.Command("mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%d", size), "tmpfs", dir).CombinedOutput()
	if err != nil {
		t.Logf("nothing is proved here about a full disk: no file system can be mounted: %v: %s: run the test as root, in a container with CAP_SYS_ADMIN", err, said)
		return dir, false
	}
	t.Cleanup(func() { require.NoError(t, exec.Command("umount", dir).Run()) })
	return dir, true
}

// fill takes all room on the disk; the function that it returns gives it back.
func fill(t testing.TB, dir string) (free func()) {
	t.Helper()
	name := filepath.Join(dir, "filler")
	file, err := os.Create(name)
	require.NoError(t, err)
	for chunk := make([]byte, 64<<10); len(chunk) > 0; {
		if _, err := file.Write(chunk); err != nil {
			require.ErrorIs(t, err, syscall.ENOSPC)
			chunk = chunk[:len(chunk)/2]
		}
	}
	require.NoError(t, file.Close())
	return func() { require.NoError(t, os.Remove(name)) }
}

// A disk is full under load, and with it full the server is killed and started again: it says what to do,
// and with room all that was acknowledged is there. For a user who may not mount a file system TestNoRoom, with
// a store that is full, is the nearest there is.
func TestFullDisk(t *testing.T) {
	dir, mounted := smallDisk(t, 24<<20)
	if !mounted {
		return
	}
	address := proctest.FreeAddress(t)
	start := func() *proctest.Process {
		return startServer(t, settings{DataDir: filepath.Join(dir, "data"), Listen: address, Tuning: restless})
	}
	server := start()
	server.AwaitReady(t)
	ctx, c := within(t), connectClient(t, "nats://"+address)
	startWorker(t, c, worker.Options{}, sleeping...)
	acknowledged := startSleepers(ctx, t, c, "before", 50, hour)
	free := fill(t, dir)
	refused := ""
	for n := 0; !strings.Contains(refused, "full disk"); n++ {
		request := startRequest(fmt.Sprintf("during-%d", n), time.Hour)
		if err := call(t, c, "StartWorkflowExecution", request); err != nil {
			refused = err.Error()
			continue
		}
		acknowledged = append(acknowledged, client.GetRun[string](c, request.WorkflowId, ""))
	}
	require.NotContains(t, refused, "another writer")
	require.Positive(t, server.Log.Count(`"level":"error"`, "the disk is full", "free some space and start again"), "%s", server.Log)
	server.Kill()

	server = start()
	eventually(t, func() bool { return server.Log.Count("no space", "free disk space") > 0 }, "it does not say what to do: %s", server.Log)
	free()
	server.Kill()
	server = start()
	server.AwaitReady(t)
	wakeAll(ctx, t, c, acknowledged)
	awaitAll(ctx, t, acknowledged, "signal")
	server.Stop(t)
	require.Zero(t, server.Log.Count(`"level":"error"`), "%s", server.Log)
}
