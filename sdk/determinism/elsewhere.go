package determinism

import (
	"go/ast"
	"go/types"
	"strings"
)

// runsElsewhere says that what is given to a function of an SDK is no workflow code: its outcome is recorded, or it runs as an
// activity, or it answers a query.
func runsElsewhere(fn *types.Func) bool {
	if receiverOf(fn) == "Query" {
		return true
	}
	for _, word := range []string{"SideEffect", "LocalActivity", "QueryHandler"} {
		if strings.Contains(fn.Name(), word) {
			return true
		}
	}
	return false
}

// recordings are the functions, and the variables that hold one, that the package gives to such functions of an SDK by their name.
func (s *survey) recordings() map[types.Object]bool {
	found := map[types.Object]bool{}
	for _, file := range s.pass.Files {
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			fn, ok := s.callee(call).(*types.Func)
			if !ok || !isTrusted(pathOf(fn.Pkg())) || !runsElsewhere(fn) {
				return true
			}
			for _, argument := range call.Args {
				if named := s.functionOf(argument); named != nil {
					found[named] = true
				}
				if name, ok := ast.Unparen(argument).(*ast.Ident); ok {
					if v, ok := s.pass.TypesInfo.Uses[name].(*types.Var); ok && isFunction(v.Type()) {
						found[v] = true
					}
				}
			}
			return true
		})
	}
	return found
}

// isFunction says that a parameter is there to be called. What Temporal's SDK takes as any may be an activity.
func isFunction(parameter types.Type) bool {
	_, is := core(parameter).(*types.Signature)
	return is
}
