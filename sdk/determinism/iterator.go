package determinism

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// iterates says that a call gives a map's keys or values in the order of the map.
func (s *survey) iterates(call *ast.CallExpr) bool {
	fn, ok := s.callee(call).(*types.Func)
	if !ok {
		return false
	}
	switch pathOf(fn.Pkg()) {
	case "maps":
		return fn.Name() == "All" || fn.Name() == "Keys" || fn.Name() == "Values"
	case "golang.org/x/exp/maps":
		return fn.Name() == "Keys" || fn.Name() == "Values"
	}
	return false
}

// ignoresOrder says that a function does the same whatever the order of what it is given.
func ignoresOrder(fn *types.Func) bool {
	switch pathOf(fn.Pkg()) {
	case "maps":
		return fn.Name() == "Collect" || fn.Name() == "Insert"
	case "slices":
		switch fn.Name() {
		case "Contains", "Max", "Min":
			return true
		}
	}
	return sorts(fn)
}

// allHarmless says of all calls in an argument that the order of what they give does not matter.
func (w *walker) allHarmless(argument ast.Expr) {
	ast.Inspect(argument, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			w.harmless[call] = true
		}
		return true
	})
}

// sorts says that a function sorts what it is given.
func sorts(fn *types.Func) bool {
	return pathOf(fn.Pkg()) == "sort" || strings.Contains(strings.ToLower(fn.Name()), "sort")
}

// collects notes of an assignment of a map's keys, x := slices.Collect(maps.Keys(m)), that x is sorted behind it.
func (w *walker) collects(to, value ast.Expr) {
	call, ok := ast.Unparen(value).(*ast.CallExpr)
	if !ok {
		return
	}
	inner := call
	if fn, ok := w.callee(call).(*types.Func); ok && pathOf(fn.Pkg()) == "slices" && len(call.Args) > 0 {
		if argument, ok := ast.Unparen(call.Args[len(call.Args)-1]).(*ast.CallExpr); ok { // Collect(seq), AppendSeq(s, seq)
			inner = argument
		}
	}
	if w.iterates(inner) && w.sortedBehind(to, value.End()) {
		w.harmless[inner] = true
	}
}

// sortedBehind says that an expression is given to something that sorts, anywhere behind a position of this code.
func (w *walker) sortedBehind(expr ast.Expr, behind token.Pos) bool {
	text, found := types.ExprString(expr), false
	ast.Inspect(w.c.body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || call.Pos() < behind || found {
			return !found
		}
		fn, ok := w.callee(call).(*types.Func)
		if !ok || !sorts(fn) {
			return true
		}
		for _, argument := range append([]ast.Expr{call.Fun}, call.Args...) {
			ast.Inspect(argument, func(part ast.Node) bool {
				if e, ok := part.(ast.Expr); ok && types.ExprString(e) == text {
					found = true
				}
				return !found
			})
		}
		return !found
	})
	return found
}
