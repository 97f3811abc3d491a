package natstest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { VerifyTestMain(m) }

func TestAFolderThatIsWrittenToBehindItsTest(t *testing.T) {
	var dir string
	t.Run("", func(t *testing.T) {
		dir = Dir(t)
		require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o600))
		require.NotEqual(t, dir, Dir(t))
	})
	require.NoDirExists(t, dir)
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "late"), 0o700), "it goes with all others")
}
