package layers

import (
	"os"
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Each package has a word in the page that says where to find what, by its path or by its name below its folder's.
func TestArchitectureNamesEachPackage(t *testing.T) {
	page, err := os.ReadFile("../../docs/ARCHITECTURE.md")
	require.NoError(t, err)
	for _, i := range readImports(t, "../..") {
		dir := path.Dir(i.file)
		top, _, _ := strings.Cut(dir, "/")
		if top == "examples" || top == "docs" {
			continue
		}
		named := strings.Contains(string(page), "`"+dir+"`") || strings.Contains(string(page), "`"+path.Base(dir)+"`")
		require.True(t, named, "docs/ARCHITECTURE.md does not name %s", dir)
	}
}

// Each example is in the list of them.
func TestExamplesAreListed(t *testing.T) {
	list, err := os.ReadFile("../../examples/README.md")
	require.NoError(t, err)
	entries, err := os.ReadDir("../../examples")
	require.NoError(t, err)
	for _, e := range entries {
		if e.IsDir() {
			require.Contains(t, string(list), "]("+e.Name()+")", "examples/README.md")
		}
	}
}
