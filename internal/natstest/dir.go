package natstest

import (
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// root holds the folders of all tests of the package, until they have ended.
var root string

// Dir is a folder for a nats-server's files, or those of another program that may still write when the test that
// began it ends: a nats-server that has shut down goes on with what it was asked last, and makes the folder of a
// purged stream or of a new consumer again. What can be removed then is; the rest goes when all tests have ended.
// TestMain has to call VerifyTestMain.
func Dir(t testing.TB) string {
	t.Helper()
	require.NotEmpty(t, root, "TestMain does not call natstest.VerifyTestMain")
	dir, err := os.MkdirTemp(root, "") //nolint:usetesting // testing fails a test whose folder is written to while it goes
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// makeRoot makes the folder of all tests; the option removes it when goleak has looked, behind everything.
func makeRoot() goleak.Option {
	var err error
	if root, err = os.MkdirTemp("", "natstest-"); err != nil {
		fmt.Fprintln(os.Stderr, "no folder for the tests' nats-servers:", err)
		os.Exit(1)
	}
	return goleak.Cleanup(func(code int) {
		if err := os.RemoveAll(root); err != nil {
			fmt.Fprintln(os.Stderr, "a nats-server's files stay:", err)
		}
		os.Exit(code)
	})
}
