package determinism

import (
	"go/ast"
	"go/token"
	"go/types"
)

// assign says of an assignment in a loop over a map that the order of rounds cannot be seen from it.
func (l *loop) assign(s *ast.AssignStmt) bool {
	if s.Tok == token.DEFINE || len(s.Lhs) != len(s.Rhs) {
		return l.all(s.Rhs, l.own) && l.all(s.Lhs, l.ofRound)
	}
	for i, to := range s.Lhs {
		if !l.one(s.Tok, to, s.Rhs[i]) {
			return false
		}
	}
	return true
}

func (l *loop) one(op token.Token, to, value ast.Expr) bool {
	switch {
	case l.ofRound(to):
		return l.own(value)
	case l.ofKey(to):
		l.gathers = true
		return l.pure(value)
	case op == token.ADD_ASSIGN, op == token.SUB_ASSIGN, op == token.MUL_ASSIGN, op == token.OR_ASSIGN, op == token.AND_ASSIGN, op == token.XOR_ASSIGN:
		return l.adds(to) && l.own(value)
	case op != token.ASSIGN:
		return false
	case l.appends(to, value), l.fills(to, value), l.combines(to, value):
		return true
	}
	return l.sets(to, value)
}

// ofRound says that what is assigned to is the round's: a variable of the body, a part of the map's element, or nothing.
func (l *loop) ofRound(to ast.Expr) bool {
	if name, ok := to.(*ast.Ident); ok && name.Name == "_" {
		return true
	}
	object := l.root(to)
	if object == nil || !l.local(object) {
		return false
	}
	if _, isName := to.(*ast.Ident); !isName {
		l.gathers = true
	}
	return true
}

// ofKey says that what is assigned to is the element of a map under the loop's key, or a part of it.
func (l *loop) ofKey(to ast.Expr) bool {
	switch e := ast.Unparen(to).(type) {
	case *ast.SelectorExpr:
		return l.ofKey(e.X)
	case *ast.StarExpr:
		return l.ofKey(e.X)
	case *ast.IndexExpr:
		name, ok := ast.Unparen(e.Index).(*ast.Ident)
		if ok && l.key != nil && l.pass.TypesInfo.Uses[name] == l.key {
			_, isMap := core(l.pass.TypesInfo.TypeOf(e.X)).(*types.Map)
			return isMap
		}
		return l.ofKey(e.X)
	}
	return false
}

// adds says that a sum in what is changed is the same in every order: of integers, that is.
func (l *loop) adds(to ast.Expr) bool {
	l.gathers = true
	if l.ofKey(to) {
		return true
	}
	basic, ok := core(l.pass.TypesInfo.TypeOf(to)).(*types.Basic)
	if !ok || basic.Info()&types.IsInteger == 0 {
		return false
	}
	index, ok := ast.Unparen(to).(*ast.IndexExpr)
	return !ok || l.own(index.Index)
}

// appends is x = append(x, ...), of an x that is sorted behind the loop.
func (l *loop) appends(to, value ast.Expr) bool {
	call, ok := ast.Unparen(value).(*ast.CallExpr)
	if !ok {
		return false
	}
	builtin, ok := l.callee(call).(*types.Builtin)
	if !ok || builtin.Name() != "append" || types.ExprString(call.Args[0]) != types.ExprString(to) {
		return false
	}
	l.gathers = true
	return l.all(call.Args[1:], l.own) && l.sortedBehind(to, l.n.End())
}

// fills is x[i] = ..., of a list x that is sorted behind the loop.
func (l *loop) fills(to, value ast.Expr) bool {
	index, ok := ast.Unparen(to).(*ast.IndexExpr)
	if !ok {
		return false
	}
	if _, isMap := core(l.pass.TypesInfo.TypeOf(index.X)).(*types.Map); isMap || !l.own(value) || !l.sortedBehind(index.X, l.n.End()) {
		return false
	}
	l.gathers = true
	return true
}

// combines is x = max(x, v), min, x || v and x && v.
func (l *loop) combines(to, value ast.Expr) bool {
	var operands []ast.Expr
	switch e := ast.Unparen(value).(type) {
	case *ast.CallExpr:
		if builtin, ok := l.callee(e).(*types.Builtin); ok && (builtin.Name() == "max" || builtin.Name() == "min") {
			operands = e.Args
		}
	case *ast.BinaryExpr:
		if e.Op == token.LOR || e.Op == token.LAND {
			operands = []ast.Expr{e.X, e.Y}
		}
	}
	itself := 0
	for _, operand := range operands {
		switch {
		case types.ExprString(operand) == types.ExprString(to):
			itself++
		case !l.own(operand):
			return false
		}
	}
	l.gathers = l.gathers || itself == 1
	return itself == 1
}

// sets is x = c, of the same c wherever the body sets x.
func (l *loop) sets(to, value ast.Expr) bool {
	if index, ok := ast.Unparen(to).(*ast.IndexExpr); ok {
		l.gathers = true
		_, isMap := core(l.pass.TypesInfo.TypeOf(index.X)).(*types.Map)
		return isMap && l.own(index.Index) && l.fixed(value) && l.setsOnce(index.X, value)
	}
	return l.fixed(value) && l.setsOnce(to, value)
}

func (l *loop) setsOnce(to, value ast.Expr) bool {
	object, text := l.root(to), types.ExprString(to)+" = "+l.constantOf(value)
	if before, ok := l.set[object]; object == nil || ok && before != text {
		return false
	}
	l.set[object] = text
	return true
}
