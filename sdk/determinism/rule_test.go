package determinism

import (
	"go/types"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/packages"
)

// A name that is not there would never be found.
func TestRulesNameWhatThereIs(t *testing.T) {
	var paths []string
	for path := range rules {
		paths = append(paths, path)
	}
	loaded, err := packages.Load(&packages.Config{Mode: packages.NeedName | packages.NeedTypes | packages.NeedImports}, paths...)
	require.NoError(t, err)
	looked := 0
	for _, pkg := range loaded {
		if len(pkg.Errors) > 0 {
			require.False(t, isStandard(pkg.PkgPath), "%s: %v", pkg.PkgPath, pkg.Errors)
			continue // a library that this module does not use
		}
		looked++
		for kind, names := range rules[pkg.PkgPath] {
			for name := range strings.FieldsSeq(names) {
				requireThere(t, pkg.Types, name, kind)
			}
		}
	}
	require.Greater(t, looked, 30)
}

func requireThere(t *testing.T, pkg *types.Package, name string, kind Kind) {
	t.Helper()
	name, isExcepted := strings.CutPrefix(name, "-")
	receiver, method, isMethod := strings.Cut(name, ".")
	if receiver == "*" {
		return
	}
	object := pkg.Scope().Lookup(receiver)
	require.NotNil(t, object, "%s.%s of kind %s", pkg.Path(), name, kind)
	if !isMethod {
		requireRule(t, object, kind, isExcepted)
	}
	if !isMethod || method == "*" {
		return
	}
	found, _, _ := types.LookupFieldOrMethod(types.NewPointer(object.Type()), true, pkg, method)
	if types.IsInterface(object.Type()) {
		found, _, _ = types.LookupFieldOrMethod(object.Type(), true, pkg, method)
	}
	fn, ok := found.(*types.Func)
	require.True(t, ok, "%s.%s of kind %s", pkg.Path(), name, kind)
	require.Equal(t, receiver, receiverOf(fn), "%s.%s is found under this name alone", pkg.Path(), name)
	requireRule(t, fn, kind, isExcepted)
}

func requireRule(t *testing.T, object types.Object, kind Kind, isExcepted bool) {
	t.Helper()
	got, ok := ruleOf(object)
	require.Equal(t, !isExcepted, ok, "%v", object)
	if ok {
		require.Equal(t, kind, got, "%v", object)
	}
}
