package runtime

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/internal/natstest"
)

// No two servers write the same indexes, whichever flag each has its folder from.
func TestIndexFolders(t *testing.T) {
	dir := natstest.Dir(t)
	begin(t, Config{DataDir: dir, Listen: "127.0.0.1:0"})
	natsServer := natstest.Start(t)
	second := external(natsServer.ClientURL())
	second.IndexDir = filepath.Join(dir, "index")
	_, err := Start(t.Context(), second)
	require.ErrorIs(t, err, ErrFolderInUse)
	require.ErrorContains(t, err, "--index-dir")

	second.IndexDir = natstest.Dir(t)
	begin(t, second)
	require.Eventually(t, func() bool { // it is opened behind the scenes
		_, err := os.Stat(filepath.Join(second.IndexDir, "default-1.db"))
		return err == nil
	}, time.Minute, 10*time.Millisecond)

	both := natstest.Dir(t)
	begin(t, Config{DataDir: both, IndexDir: both, Listen: "127.0.0.1:0"})
}

func TestATemporaryIndexFolderIsRemoved(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	natsServer := natstest.Start(t)
	s, err := Start(t.Context(), external(natsServer.ClientURL()))
	require.NoError(t, err)
	require.NoError(t, s.Stop(t.Context()))
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "perdure-index-*"))
	require.NoError(t, err)
	require.Empty(t, left)
}
