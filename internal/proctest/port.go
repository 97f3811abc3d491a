package proctest

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

// FreeAddress is one of this machine that nobody listens at, as host:port, to be the same over several lives of a
// server.
func FreeAddress(t testing.TB) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return listener.Addr().String()
}
