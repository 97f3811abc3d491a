// Package guide_test holds the guide to the code: what it shows is in the files that it names, and they are there.
package guide_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	// snippet is a block of Go code with the link to its file before it.
	snippet = regexp.MustCompile("(?s)\\]\\(([^)]+\\.go)\\):\n\n```go\n(.*?)```")
	block   = regexp.MustCompile("(?m)^```go$")
	// code is what may look like a link and is none.
	code = regexp.MustCompile("(?s)```.*?```|`[^`\n]*`")
	link = regexp.MustCompile(`\]\(([^):]+)\)`)
)

func TestCodeIsFromItsFile(t *testing.T) {
	for path, page := range pages(t) {
		found := snippet.FindAllStringSubmatch(page, -1)
		require.Len(t, found, len(block.FindAllString(page, -1)), "%s: each block of code needs a link to its file before it", path)
		for _, f := range found {
			source, err := os.ReadFile(filepath.Join(filepath.Dir(path), f[1]))
			require.NoError(t, err)
			whole := unindented(string(source))
			for part := range strings.SplitSeq(f[2], "// ...\n") {
				require.Contains(t, whole, unindented(part), "%s: the code is not in %s any more", path, f[1])
			}
		}
	}
}

func TestLinksLeadSomewhere(t *testing.T) {
	for path, page := range pages(t) {
		for _, l := range link.FindAllStringSubmatch(code.ReplaceAllString(page, ""), -1) {
			file, _, _ := strings.Cut(l[1], "#")
			_, err := os.Stat(filepath.Join(filepath.Dir(path), file))
			require.NoError(t, err, path)
		}
	}
}

// pages are the chapters, and the page for people from Temporal, by their paths.
func pages(t *testing.T) map[string]string {
	paths, err := filepath.Glob("*.md")
	require.NoError(t, err)
	pages := map[string]string{}
	for _, path := range append(paths, "../FROM-TEMPORAL.md") {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		pages[path] = string(text)
	}
	return pages
}

// unindented is code without the indentation of its lines, since a part of a function is shown from the margin on.
func unindented(code string) string {
	lines := strings.Split(code, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimLeft(line, "\t")
	}
	return strings.Join(lines, "\n")
}
