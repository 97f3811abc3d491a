package layers

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/perdure/perdure"

// rule forbids packages to import others. Patterns are paths within the
// module, or of other modules when they hold a dot in the first word: a path
// stands for itself and all below it.
type rule struct {
	why       string
	who, what []string
	except    []string // of who
	but       []string // of what
	inTests   bool     // whether tests are bound too
}

// testSupport are packages that only tests import.
var testSupport = []string{"internal/logtest", "internal/natstest", "internal/proctest"}

var services = []string{"gateway", "history", "matching", "runtime", "visibility"}

var rules = []rule{
	{
		why: "the contract stands on nothing of ours",
		who: []string{"api"}, what: append([]string{"sdk", "internal", "cmd", "examples", "bench"}, services...),
		except: []string{"api/internal"}, inTests: true,
	},
	{
		why: "history declares what it needs of matching",
		who: []string{"history"}, what: []string{"matching", "gateway", "runtime", "sdk", "cmd"},
	},
	{
		why: "matching is told by history and never asks it",
		who: []string{"matching"}, what: []string{"history", "gateway", "runtime", "sdk", "cmd"},
	},
	{
		why: "the gateway declares the small interfaces that it needs",
		who: []string{"gateway"}, what: []string{"history", "matching", "visibility", "runtime", "sdk", "cmd"},
	},
	{
		why: "history and matching never wait for what is projected from them",
		who: []string{"history", "matching"}, what: []string{"visibility"},
	},
	{
		why: "visibility reads logs and runs at rest, and asks nobody",
		who: []string{"visibility"}, what: []string{"gateway", "matching", "runtime", "sdk", "cmd"},
	},
	{
		why: "the index knows rows and filters alone",
		who: []string{"visibility/index"}, what: []string{"history", "github.com/nats-io", "api/recordpb"},
	},
	{
		why: "an application that uses the SDK links no server",
		who: []string{"sdk"}, what: append([]string{"cmd"}, services...),
	},
	{
		why: "small shared parts stand below what shares them",
		who: []string{"internal"}, what: append([]string{"sdk", "cmd"}, services...),
	},
	{
		why: "the machine is pure: no NATS, no clock, no randomness, no goroutine, no file",
		who: []string{"history/machine"}, what: []string{
			"context", "crypto/rand", "math/rand", "net", "os", "sync", "github.com/nats-io", "github.com/rs/zerolog", "github.com/google/uuid",
			"history/log", "history/rest", "history/stream", "history/namespace", "internal",
		}, but: []string{"internal/cron"},
	},
	{
		why:    "only runtime embeds a nats-server",
		who:    []string{"api", "gateway", "history", "matching", "visibility", "sdk", "internal", "cmd", "examples", "bench"},
		what:   []string{"github.com/nats-io/nats-server"},
		except: testSupport,
	},
	{
		why: "what tests stand on is not for programs",
		who: []string{"."}, what: testSupport, except: testSupport,
	},
	{
		why:  "Temporal's SDK is for comparison alone",
		who:  []string{"api", "gateway", "history", "matching", "visibility", "sdk", "internal", "cmd", "examples", "runtime"},
		what: []string{"go.temporal.io/sdk"}, except: []string{"internal/histories"},
	},
	{
		why: "Temporal's server is never a part of this one",
		who: []string{"."}, what: []string{"go.temporal.io/server"}, inTests: true,
	},
}

func TestWhoImportsWhom(t *testing.T) {
	imports := readImports(t, "../..")
	require.NotEmpty(t, imports)
	for _, r := range rules {
		for _, i := range imports {
			if r.forbids(i) {
				t.Errorf("%s imports %s: %s", i.file, i.path, r.why)
			}
		}
	}
}

// A rule that names a folder that is not there guards nothing.
func TestRulesNameWhatExists(t *testing.T) {
	packages := map[string]bool{".": true}
	for _, i := range readImports(t, "../..") {
		for dir := path.Dir(i.file); dir != "."; dir = path.Dir(dir) {
			packages[dir] = true
		}
	}
	for _, r := range rules {
		for _, who := range append(r.who, r.except...) {
			topLevel := !strings.Contains(who, "/") // of the layout, whether it is there yet or not
			require.True(t, packages[who] || topLevel && isOurs(who), "rule %q names %s", r.why, who)
		}
	}
}

func TestARuleBites(t *testing.T) {
	r := rule{who: []string{"api"}, what: []string{"sdk", "github.com/nats-io"}, except: []string{"api/internal"}, but: []string{"sdk/pure"}}
	for _, test := range []struct {
		i    imported
		want bool
	}{
		{imported{"api/a.go", module + "/sdk/client"}, true},
		{imported{"api/x/a.go", module + "/sdk"}, true},
		{imported{"api/a.go", "github.com/nats-io/nats.go"}, true},
		{imported{"api/a.go", module + "/sdkother"}, false},
		{imported{"api/a.go", module + "/sdk/pure"}, false},
		{imported{"apis/a.go", module + "/sdk"}, false},
		{imported{"api/internal/a.go", module + "/sdk"}, false},
		{imported{"api/a_test.go", module + "/sdk"}, false},
		{imported{"api/a.go", "github.com/nats-iota"}, false},
	} {
		require.Equal(t, test.want, r.forbids(test.i), "%v", test.i)
	}
}

// imported is one import of one file, by its path from the module's root.
type imported struct{ file, path string }

func (r rule) forbids(i imported) bool {
	if strings.HasSuffix(i.file, "_test.go") && !r.inTests {
		return false
	}
	dir := path.Dir(i.file)
	target, ours := strings.CutPrefix(i.path, module+"/")
	if !within(dir, r.who) || within(dir, r.except) || ours && within(target, r.but) {
		return false
	}
	for _, pattern := range r.what {
		// A package of ours may have the name of one of the standard library's.
		if within(target, []string{pattern}) && ours == isOurs(pattern) {
			return true
		}
	}
	return false
}

func isOurs(pattern string) bool {
	switch first, _, _ := strings.Cut(pattern, "/"); first {
	case "api", "bench", "cmd", "examples", "gateway", "history", "internal", "matching", "runtime", "sdk", "visibility":
		return true
	}
	return false
}

func within(name string, paths []string) bool {
	for _, p := range paths {
		if p == "." || name == p || strings.HasPrefix(name, p+"/") {
			return true
		}
	}
	return false
}

func readImports(t *testing.T, root string) []imported {
	t.Helper()
	var all []imported
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && name != root && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata") {
			return fs.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		relative, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			value, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			all = append(all, imported{filepath.ToSlash(relative), value})
		}
		return nil
	})
	require.NoError(t, err)
	return all
}
