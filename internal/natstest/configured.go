package natstest

import (
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"
)

// Configured has a server take parts of a nats-server's configuration file. Where it listens for
// clients and keeps its files remains the test's.
func Configured(t testing.TB, parts ...string) func(*server.Options) {
	t.Helper()
	return func(o *server.Options) {
		t.Helper()
		host, port, dir := o.Host, o.Port, o.StoreDir
		o.StoreDir, o.JetStream = "", false // as the parts say
		require.NoError(t, o.ProcessConfigString(strings.Join(parts, "\n")))
		o.Host, o.Port, o.StoreDir = host, port, dir
	}
}
