package determinism

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// write is that something changes a package variable after the package's initialisation.
type write struct {
	by string
	// test says that only tests do; what they change for themselves is no matter to code that is none.
	test bool
}

func isTestFile(name string) bool { return strings.HasSuffix(name, "_test.go") }

// writes are the package variables that the package's functions change. What init and a sync.Once do is
// initialisation.
func (s *survey) writes() map[*types.Var]write {
	found := map[*types.Var]write{}
	for _, file := range s.pass.Files {
		test := isTestFile(s.pass.Fset.Position(file.Package).Filename)
		for _, decl := range file.Decls {
			d, ok := decl.(*ast.FuncDecl)
			if !ok || d.Body == nil || d.Recv == nil && d.Name.Name == "init" {
				continue
			}
			s.eachWrite(d.Body, func(v *types.Var, _ ast.Node) {
				if before, known := found[v]; !known || before.test && !test {
					found[v] = write{by: d.Name.Name, test: test}
				}
			})
		}
	}
	return found
}

// eachWrite tells of every change of a package variable in a piece of code.
func (s *survey) eachWrite(body ast.Node, tell func(v *types.Var, at ast.Node)) {
	ast.Inspect(body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && s.isOnce(call) {
			return false
		}
		for _, target := range s.targets(n) {
			if v := s.global(target); v != nil {
				tell(v, n)
			}
		}
		return true
	})
}

// targets are the expressions whose value a node changes.
func (s *survey) targets(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			return n.Lhs
		}
	case *ast.IncDecStmt:
		return []ast.Expr{n.X}
	case *ast.CallExpr:
		if target := s.changed(n); target != nil {
			return []ast.Expr{target}
		}
	}
	return nil
}

// changed is what a call changes, as far as its name says: the builtins that change their first argument, sync/atomic and sync.Map.
func (s *survey) changed(call *ast.CallExpr) ast.Expr {
	switch object := s.callee(call).(type) {
	case *types.Builtin:
		switch object.Name() {
		case "delete", "clear", "copy":
			return call.Args[0]
		}
	case *types.Func:
		if !stores(object) {
			return nil
		}
		if selector, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && object.Signature().Recv() != nil {
			return selector.X
		}
		if pointer, ok := ast.Unparen(call.Args[0]).(*ast.UnaryExpr); ok {
			return pointer.X
		}
	}
	return nil
}

// stores says that a function of package sync/atomic, or a method of its types or of sync.Map, changes something.
func stores(fn *types.Func) bool {
	switch pathOf(fn.Pkg()) {
	case "sync/atomic":
		return !strings.HasPrefix(fn.Name(), "Load")
	case "sync":
		return receiverOf(fn) == "Map" && fn.Name() != "Load" && fn.Name() != "Range"
	}
	return false
}

// isOnce says that a call is of package sync's things that call a function once.
func (s *survey) isOnce(call *ast.CallExpr) bool {
	fn, ok := s.callee(call).(*types.Func)
	return ok && pathOf(fn.Pkg()) == "sync" && (receiverOf(fn) == "Once" || strings.HasPrefix(fn.Name(), "Once"))
}

// global is the package variable that an expression is, or is a part of.
func (s *survey) global(expr ast.Expr) *types.Var {
	switch e := ast.Unparen(expr).(type) {
	case *ast.Ident:
		return packageVariable(s.pass.TypesInfo.Uses[e])
	case *ast.SelectorExpr:
		if v := packageVariable(s.pass.TypesInfo.Uses[e.Sel]); v != nil {
			return v
		}
		return s.global(e.X)
	case *ast.IndexExpr:
		return s.global(e.X)
	case *ast.StarExpr:
		return s.global(e.X)
	}
	return nil
}

func packageVariable(object types.Object) *types.Var {
	v, ok := object.(*types.Var)
	if !ok || v.IsField() || v.Pkg() == nil || v.Parent() != v.Pkg().Scope() {
		return nil
	}
	return v
}

// writer is who changes a package variable, as code at a position has to reckon with; empty if nobody does.
func (s *survey) writer(v *types.Var, at token.Pos) string {
	if w, ok := s.written[v]; ok && (!w.test || s.inTest(at)) {
		return w.by
	}
	if by, ok := s.surfaceOf(v.Pkg()).written[v.Name()]; ok {
		return v.Pkg().Name() + "." + by
	}
	return ""
}
