package determinism

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
)

// loop is a range over a map, whose body is looked at for whether the order of its rounds can be seen.
//
// It cannot when each round only collects what is sorted behind the loop, or writes what is its key's own, or adds integers, or looks for a
// greatest or least, or sets what all rounds would set to the same, and reads nothing that other rounds write.
type loop struct {
	*walker
	n   *ast.RangeStmt
	key types.Object
	// changed are variables from outside that the body changes.
	changed map[types.Object]bool
	// set are constants that variables from outside are set to.
	set map[types.Object]string
	// gathers says that all rounds together make the outcome, leaves that one may be the last. Not both.
	gathers, leaves bool
	// inner is how many loops and switches of its own the statement at hand is in.
	inner int
}

func (w *walker) orderless(n *ast.RangeStmt) bool {
	l := &loop{walker: w, n: n, changed: map[types.Object]bool{}, set: map[types.Object]string{}}
	if key, ok := n.Key.(*ast.Ident); ok {
		l.key = w.pass.TypesInfo.ObjectOf(key)
	}
	if n.Tok == token.ASSIGN {
		return false // what it leaves in a variable from outside is of the last round
	}
	ast.Inspect(n.Body, func(part ast.Node) bool {
		for _, target := range w.targets(part) {
			if object := w.root(target); object != nil && !l.local(object) {
				l.changed[object] = true
			}
		}
		return true
	})
	return l.stmts(n.Body.List) && !(l.gathers && l.leaves)
}

// root is the variable that an expression is, or is a part of.
func (s *survey) root(expr ast.Expr) types.Object {
	switch e := ast.Unparen(expr).(type) {
	case *ast.Ident:
		return s.pass.TypesInfo.ObjectOf(e)
	case *ast.SelectorExpr:
		if v := packageVariable(s.pass.TypesInfo.Uses[e.Sel]); v != nil {
			return v
		}
		return s.root(e.X)
	case *ast.IndexExpr:
		return s.root(e.X)
	case *ast.StarExpr:
		return s.root(e.X)
	}
	return nil
}

// local says that each round has a variable of its own.
func (l *loop) local(object types.Object) bool {
	return object.Pos() >= l.n.Pos() && object.Pos() < l.n.End()
}

func (l *loop) stmts(list []ast.Stmt) bool {
	for _, stmt := range list {
		if !l.stmt(stmt) {
			return false
		}
	}
	return true
}

func (l *loop) stmt(stmt ast.Stmt) bool {
	switch s := stmt.(type) {
	case nil, *ast.EmptyStmt:
		return true
	case *ast.BlockStmt:
		return l.stmts(s.List)
	case *ast.BranchStmt:
		return l.branch(s)
	case *ast.ReturnStmt:
		l.leaves = true
		return l.all(s.Results, l.fixed)
	case *ast.DeclStmt:
		return l.declares(s)
	case *ast.AssignStmt:
		return l.assign(s)
	case *ast.IncDecStmt:
		return l.adds(s.X)
	case *ast.ExprStmt:
		return l.deletes(s.X) || l.logs(s.X)
	case *ast.IfStmt:
		return l.best(s) || l.stmt(s.Init) && l.own(s.Cond) && l.stmt(s.Body) && l.stmt(s.Else)
	}
	return l.nested(stmt)
}

func (l *loop) branch(s *ast.BranchStmt) bool {
	switch {
	case s.Tok == token.CONTINUE && s.Label == nil:
		return true
	case s.Tok == token.BREAK && s.Label == nil:
		l.leaves = l.leaves || l.inner == 0
		return true
	}
	return false
}

// nested are loops and switches in the body.
func (l *loop) nested(stmt ast.Stmt) bool {
	l.inner++
	defer func() { l.inner-- }()
	switch s := stmt.(type) {
	case *ast.ForStmt:
		return l.stmt(s.Init) && (s.Cond == nil || l.own(s.Cond)) && l.stmt(s.Post) && l.stmt(s.Body)
	case *ast.RangeStmt:
		return s.Tok != token.ASSIGN && l.own(s.X) && l.stmt(s.Body)
	case *ast.SwitchStmt:
		return l.stmt(s.Init) && (s.Tag == nil || l.own(s.Tag)) && l.stmt(s.Body)
	case *ast.TypeSwitchStmt:
		return l.stmt(s.Init) && l.stmt(s.Body) // of the variable that it declares, which is the round's, nothing is to be said
	case *ast.CaseClause:
		l.inner--
		defer func() { l.inner++ }()
		return l.all(s.List, l.own) && l.stmts(s.Body)
	}
	return false
}

func (l *loop) declares(s *ast.DeclStmt) bool {
	decl, ok := s.Decl.(*ast.GenDecl)
	if !ok {
		return false
	}
	for _, spec := range decl.Specs {
		if values, ok := spec.(*ast.ValueSpec); ok && !l.all(values.Values, l.own) {
			return false
		}
	}
	return true
}

// deletes is delete(m, k), of whatever map.
func (l *loop) deletes(expr ast.Expr) bool {
	call, ok := expr.(*ast.CallExpr)
	if !ok {
		return false
	}
	builtin, ok := l.callee(call).(*types.Builtin)
	if !ok || builtin.Name() != "delete" || !l.own(call.Args[1]) {
		return false
	}
	l.gathers = true
	return true
}

// logs is a line for a logger that is silent in replays.
func (l *loop) logs(expr ast.Expr) bool {
	call, ok := expr.(*ast.CallExpr)
	if !ok {
		return false
	}
	fn, ok := l.callee(call).(*types.Func)
	if !ok || fn.Signature().Recv() == nil || !l.all(call.Args, l.pure) {
		return false
	}
	switch path := pathOf(fn.Pkg()); {
	case within(path, temporalSDK):
		return receiverOf(fn) == "Logger"
	case path == "log/slog":
		return receiverOf(fn) == "Logger"
	case path == "github.com/rs/zerolog":
		return receiverOf(fn) == "Event"
	}
	return false
}

// best is `if x < v { x = v }`, and the like.
func (l *loop) best(s *ast.IfStmt) bool {
	compare, ok := s.Cond.(*ast.BinaryExpr)
	if !ok || s.Init != nil || s.Else != nil || len(s.Body.List) != 1 {
		return false
	}
	switch compare.Op {
	case token.LSS, token.LEQ, token.GTR, token.GEQ:
	default:
		return false
	}
	assign, ok := s.Body.List[0].(*ast.AssignStmt)
	if !ok || assign.Tok != token.ASSIGN || len(assign.Lhs) != 1 {
		return false
	}
	x, y := types.ExprString(compare.X), types.ExprString(compare.Y)
	to, value := types.ExprString(assign.Lhs[0]), types.ExprString(assign.Rhs[0])
	if (x != to || y != value) && (y != to || x != value) || !l.own(assign.Rhs[0]) {
		return false
	}
	l.gathers = true
	return true
}

func (l *loop) all(list []ast.Expr, is func(ast.Expr) bool) bool {
	for _, expr := range list {
		if !is(expr) {
			return false
		}
	}
	return true
}

// own says that an expression has no effect, and tells nothing of other rounds.
func (l *loop) own(expr ast.Expr) bool { return l.pure(expr) && !l.mentions(expr, l.changed) }

// fixed says that an expression is the same in all rounds.
func (l *loop) fixed(expr ast.Expr) bool {
	if !l.own(expr) {
		return false
	}
	same := true
	ast.Inspect(expr, func(n ast.Node) bool {
		if name, ok := n.(*ast.Ident); ok {
			if v, ok := l.pass.TypesInfo.Uses[name].(*types.Var); ok && l.local(v) {
				same = false
			}
		}
		return same
	})
	return same
}

func (l *loop) mentions(expr ast.Expr, objects map[types.Object]bool) bool {
	found := false
	ast.Inspect(expr, func(n ast.Node) bool {
		if name, ok := n.(*ast.Ident); ok && objects[l.pass.TypesInfo.Uses[name]] {
			found = true
		}
		return !found
	})
	return found
}

// constantOf is a value that is known to the compiler, in words.
func (l *loop) constantOf(expr ast.Expr) string {
	if value := l.pass.TypesInfo.Types[expr].Value; value != nil && value.Kind() != constant.Unknown {
		return value.ExactString()
	}
	return types.ExprString(expr)
}
