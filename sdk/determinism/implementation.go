package determinism

import (
	"go/ast"
	"go/types"
	"strings"
)

// implementation is the method that a call of an interface's method reaches, if the module declares the interface and one type
// alone, of this package and the interface's, implements it. Types of tests are counted for interfaces of tests.
func (w *walker) implementation(n *ast.CallExpr, method *types.Func) *types.Func {
	selector, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	selection, ok := w.pass.TypesInfo.Selections[selector]
	if !ok {
		return nil
	}
	named, ok := types.Unalias(selection.Recv()).(*types.Named)
	if !ok || !types.IsInterface(named) || !w.ofModule(named.Obj().Pkg()) {
		return nil
	}
	only := w.soleType(named)
	if only == nil {
		return nil
	}
	object, _, _ := types.LookupFieldOrMethod(only, true, method.Pkg(), method.Name())
	fn, ok := object.(*types.Func)
	if !ok || fn == method {
		return nil
	}
	return fn.Origin()
}

// soleType is the one type that implements an interface, or nil.
func (w *walker) soleType(named *types.Named) types.Type {
	iface, ok := named.Underlying().(*types.Interface)
	if !ok || iface.NumMethods() == 0 || named.TypeParams().Len() > 0 {
		return nil
	}
	scopes := []*types.Scope{w.pass.Pkg.Scope()}
	if named.Obj().Pkg() != w.pass.Pkg {
		scopes = append(scopes, named.Obj().Pkg().Scope())
	}
	tests := w.inTest(named.Obj().Pos())
	var only types.Type
	for _, scope := range scopes {
		for _, name := range scope.Names() {
			t := concrete(scope.Lookup(name))
			if t == nil || w.inTest(t.Obj().Pos()) && !tests || !implements(t, iface) {
				continue
			}
			if only != nil {
				return nil
			}
			only = t
		}
	}
	return only
}

// implements says that a type has an interface's methods, and does not have them from an interface that it embeds.
func implements(t *types.Named, iface *types.Interface) bool {
	if !types.Implements(types.NewPointer(t), iface) {
		return false
	}
	first := iface.Method(0)
	object, _, _ := types.LookupFieldOrMethod(t, true, first.Pkg(), first.Name())
	method, ok := object.(*types.Func)
	return ok && !types.IsInterface(method.Signature().Recv().Type())
}

// concrete is the type that an object declares, unless it is an interface, generic, or another's name.
func concrete(object types.Object) *types.Named {
	declared, ok := object.(*types.TypeName)
	if !ok || declared.IsAlias() {
		return nil
	}
	named, ok := declared.Type().(*types.Named)
	if !ok || types.IsInterface(named) || named.TypeParams().Len() > 0 {
		return nil
	}
	return named
}

// ofModule says that a package belongs to the module that is looked at.
func (s *survey) ofModule(pkg *types.Package) bool {
	if pkg == nil {
		return false
	}
	return pathOf(pkg) == pathOf(s.pass.Pkg) || s.pass.Module != nil && within(pathOf(pkg), s.pass.Module.Path)
}

// isStandard says that a path is one of the standard library's, whose first word is no host's name. Other modules of such names
// are taken for it.
func isStandard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}
