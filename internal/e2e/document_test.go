package e2e

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// block is the configuration that a document shows, as it stands: the block whose first line is the
// comment `# title`. Changes are texts of the block, each followed by what stands there in the test.
func block(t testing.TB, document, title string, changes ...string) string {
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
	return strings.NewReplacer(changes...).Replace(block)
}
