package determinism

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/types/typeutil"
)

// callee is what a call names: a builtin, a function, a method (of an interface as well) or a variable; nil for anything else.
func (s *survey) callee(call *ast.CallExpr) types.Object {
	object := typeutil.Callee(s.pass.TypesInfo, call)
	if fn, ok := object.(*types.Func); ok {
		return fn.Origin()
	}
	return object
}

// call notes a call, what it is given to call, and where it leads.
func (w *walker) call(n *ast.CallExpr) {
	if w.pass.TypesInfo.Types[n.Fun].IsType() {
		return // a conversion
	}
	at := position(w.pass.Fset, n)
	object := w.callee(n)
	switch o := object.(type) {
	case *types.Builtin:
		if o.Name() == "print" || o.Name() == "println" {
			w.found(Log, o.Name(), at)
		}
		return
	case *types.Func:
		w.arguments(n, o)
		if w.iterates(n) && !w.harmless[n] {
			w.found(MapOrder, nameOf(o, w.pass.Pkg), at)
			return
		}
		if implementation := w.implementation(n, o); implementation != nil {
			object = implementation
		}
	}
	if object != nil && w.leads(object, at) {
		return
	}
	w.passesBackground(n, object, at)
}

// position is where a call is shown: at its beginning, or in a chain over several lines at the method's name.
func position(fset *token.FileSet, n *ast.CallExpr) token.Pos {
	if selector, ok := n.Fun.(*ast.SelectorExpr); ok && fset.Position(n.Pos()).Line != fset.Position(selector.Sel.Pos()).Line {
		return selector.Sel.Pos()
	}
	return n.Pos()
}

// leads notes what calling a function, or what a variable holds, leads to. False says that nothing is known of it.
func (w *walker) leads(object types.Object, at token.Pos) bool {
	if held, ok := w.held[object]; ok {
		object = held
	}
	if kind, ok := ruleOf(object); ok {
		w.found(kind, nameOf(object, w.pass.Pkg), at)
		return true
	}
	if c, ok := w.byObject[object]; ok {
		if c != w.c && !w.allowed.at(at) {
			w.c.calls = append(w.c.calls, call{pos: at, callee: c})
		}
		return true
	}
	ends, ok := w.surfaceOf(object.Pkg()).reaches[keyOf(object)]
	if _, isField := object.(*types.Var); !ok || isField && packageVariable(object) == nil {
		return false
	}
	if w.allowed.at(at) {
		return true
	}
	for _, e := range ends {
		if w.tier == library && !e.Kind.everywhere() {
			continue
		}
		w.c.findings = append(w.c.findings, &finding{
			Kind: e.Kind, what: e.What, pos: at, at: e.At, far: append([]string{nameOf(object, w.pass.Pkg)}, e.Way...),
		})
	}
	return true
}

// arguments notes functions that are passed to be called.
func (w *walker) arguments(n *ast.CallExpr, fn *types.Func) {
	sig, ok := w.pass.TypesInfo.TypeOf(n.Fun).(*types.Signature)
	if !ok {
		return
	}
	fromSDK := isTrusted(pathOf(fn.Pkg()))
	for i, argument := range n.Args {
		called := isFunction(parameterAt(sig, i))
		if lit, ok := ast.Unparen(argument).(*ast.FuncLit); ok && fromSDK {
			workflow := dialectOf(w.signature(lit)) != none
			w.elsewhere[lit] = runsElsewhere(fn) || !called && !workflow
		}
		if called && !(fromSDK && runsElsewhere(fn)) {
			w.refers(argument)
		}
		if ignoresOrder(fn) {
			w.allHarmless(argument)
		}
	}
}

func parameterAt(sig *types.Signature, i int) types.Type {
	last := sig.Params().Len() - 1
	if sig.Variadic() && i >= last {
		if slice, ok := sig.Params().At(last).Type().(*types.Slice); ok {
			return slice.Elem()
		}
	}
	if i > last {
		return nil // f(g()), where g gives several values
	}
	return sig.Params().At(i).Type()
}

// refers notes that a function is taken by its name, to be called by and by. What takes a context.Context is an activity.
func (w *walker) refers(expr ast.Expr) {
	fn := w.functionOf(expr)
	if fn == nil || takesContext(fn.Signature()) || dialectOf(fn.Signature()) != none && w.c.dialect == none {
		return
	}
	w.leads(fn, expr.Pos())
}

// passesBackground notes a call with context.Background whose code is not known here: what takes a context waits for something.
func (w *walker) passesBackground(n *ast.CallExpr, object types.Object, at token.Pos) {
	name := "a call"
	if object != nil {
		fn, isFunction := object.(*types.Func)
		if isFunction && !w.mayBlock(fn) {
			return
		}
		name = nameOf(object, w.pass.Pkg)
	}
	for _, argument := range n.Args {
		if w.isBackground(argument) {
			w.found(Blocking, name+" with context.Background", at)
			return
		}
	}
}

// mayBlock says of a function that leads to nothing known whether it may wait all the same: a method of an
// interface, or a library's.
func (w *walker) mayBlock(fn *types.Func) bool {
	if w.ofModule(fn.Pkg()) {
		receiver := fn.Signature().Recv()
		return receiver != nil && types.IsInterface(receiver.Type())
	}
	path := pathOf(fn.Pkg())
	return !isTrusted(path) && !isStandard(path)
}

// isBackground says that an expression is context.Background(), TODO() or made of one.
func (w *walker) isBackground(expr ast.Expr) bool {
	switch e := ast.Unparen(expr).(type) {
	case *ast.Ident:
		return w.background[w.pass.TypesInfo.Uses[e]]
	case *ast.CallExpr:
		fn, ok := w.callee(e).(*types.Func)
		if !ok || pathOf(fn.Pkg()) != "context" {
			return false
		}
		if fn.Name() == "Background" || fn.Name() == "TODO" {
			return true
		}
		return len(e.Args) > 0 && w.isBackground(e.Args[0])
	}
	return false
}
