package e2e

import (
	"os"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"
)

// documented sets a nats-server's options by the configuration that a document shows, as it stands: the
// block whose first line is the comment `# title`. Where the server listens and keeps its files
// remains the test's; changes are texts of the block and what stands there in the test.
func documented(t testing.TB, document, title string, changes ...string) func(*server.Options) {
	t.Helper()
	text, err := os.ReadFile("../../docs/" + document)
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(text), "```conf\n# "+title+"\n")
	require.True(t, found, "%s has no block %q", document, title)
	block, _, closed := strings.Cut(rest, "\n```")
	require.True(t, closed)
	for i := 0; i < len(changes); i += 2 {
		require.Contains(t, block, changes[i])
	}
	block = strings.NewReplacer(changes...).Replace(block)
	return func(o *server.Options) {
		host, port, dir := o.Host, o.Port, o.StoreDir
		require.NoError(t, o.ProcessConfigString(block))
		o.Host, o.Port, o.StoreDir = host, port, dir
	}
}
