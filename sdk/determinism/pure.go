package determinism

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// pure says that an expression has no effect, and that calls in it give the same for the same.
func (w *walker) pure(expr ast.Expr) bool { return w.pureWithin(expr, 3) }

// pureWithin follows calls to functions of this package that are one return statement, that deep.
func (w *walker) pureWithin(expr ast.Expr, deep int) bool {
	is := true
	ast.Inspect(expr, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			is = false
		case *ast.UnaryExpr:
			is = is && n.Op != token.ARROW
		case *ast.CallExpr:
			is = is && w.pureCall(n, deep)
		}
		return is
	})
	return is
}

func (w *walker) pureCall(call *ast.CallExpr, deep int) bool {
	if w.pass.TypesInfo.Types[call.Fun].IsType() {
		return true
	}
	switch object := w.callee(call).(type) {
	case *types.Builtin:
		switch object.Name() {
		case "append", "cap", "complex", "imag", "len", "make", "max", "min", "new", "real":
			return true
		}
	case *types.Func:
		if _, unfit := ruleOf(object); unfit {
			return false
		}
		return pureByName(object) || w.isGetter(object, deep)
	}
	return false
}

// pureByName says that a function's package or name tells that it only computes.
func pureByName(fn *types.Func) bool {
	switch pathOf(fn.Pkg()) {
	case "bytes", "cmp", "errors", "math", "math/big", "math/bits", "path", "strconv", "strings", "time", "unicode", "unicode/utf8":
		return true
	case "fmt":
		return strings.HasPrefix(fn.Name(), "Sprint") || fn.Name() == "Errorf"
	case "slices", "maps":
		switch fn.Name() {
		case "Contains", "ContainsFunc", "Equal", "Index", "IndexFunc", "Max", "Min", "Compare", "Clone":
			return true
		}
		return false
	}
	// Getters of generated messages, and what fmt calls.
	isMethod := fn.Signature().Recv() != nil && fn.Signature().Params().Len() == 0
	return isMethod && (strings.HasPrefix(fn.Name(), "Get") || fn.Name() == "String" || fn.Name() == "Error")
}

// isGetter says that a function of this package is one return statement of a pure expression.
func (w *walker) isGetter(fn *types.Func, deep int) bool {
	c, ok := w.byObject[fn]
	if !ok || deep == 0 {
		return false
	}
	body, ok := c.body.(*ast.BlockStmt)
	if !ok || len(body.List) != 1 {
		return false
	}
	result, ok := body.List[0].(*ast.ReturnStmt)
	if !ok {
		return false
	}
	for _, expr := range result.Results {
		if !w.pureWithin(expr, deep-1) {
			return false
		}
	}
	return true
}
