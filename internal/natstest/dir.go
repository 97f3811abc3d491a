package natstest

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Dir is a folder for a nats-server's files until the test ends. It goes as soon as it can: a server that
// has shut down may write one more file meanwhile, for which testing's own removal fails the test.
func Dir(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	t.Cleanup(func() {
		require.Eventually(t, func() bool { return os.RemoveAll(dir) == nil }, 10*time.Second, 10*time.Millisecond, "%s cannot be removed", dir)
	})
	return dir
}
