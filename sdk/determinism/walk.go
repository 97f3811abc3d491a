package determinism

import (
	"go/ast"
	"go/token"
	"go/types"
)

// walker looks at the code of one function, literals in it included.
type walker struct {
	*survey
	c *code
	// elsewhere are literals that are not called as a part of this code.
	elsewhere map[*ast.FuncLit]bool
	// changes are names that are written and not read, harmless calls those whose order nobody sees.
	changes  map[*ast.Ident]bool
	harmless map[*ast.CallExpr]bool
	// initialising says that the code is run once, whoever comes first: its package variables are as good as initialised.
	initialising bool
	// notAgain says that the code is behind !workflow.IsReplaying(ctx).
	notAgain bool
	// background are variables that hold context.Background or a context made of it.
	background map[types.Object]bool
}

func (s *survey) look(c *code) {
	w := &walker{
		survey: s, c: c, elsewhere: map[*ast.FuncLit]bool{}, changes: map[*ast.Ident]bool{}, harmless: map[*ast.CallExpr]bool{},
		background: map[types.Object]bool{},
	}
	w.walk(c.body)
}

func (w *walker) walk(root ast.Node) { ast.Inspect(root, w.visit) }

// visit notes what a node is, and says whether to look into it.
func (w *walker) visit(n ast.Node) bool {
	if n == nil || w.allowed.all(n) {
		return false
	}
	switch n := n.(type) {
	case *ast.FuncLit:
		return w.literal(n)
	case *ast.GoStmt:
		w.found(Goroutine, "the go statement", n.Pos())
		return false // what it runs is beside the workflow anyway
	case *ast.SendStmt:
		w.found(Channel, "sending to a channel of Go's", n.Arrow)
	case *ast.UnaryExpr:
		if n.Op == token.ARROW {
			w.found(Channel, "receiving from a channel of Go's", n.Pos())
		}
	case *ast.SelectStmt:
		w.selects(n)
		return false
	case *ast.RangeStmt:
		w.ranges(n)
	case *ast.IfStmt:
		if w.isUnlessReplaying(n) {
			w.unlessReplaying(n)
			return false
		}
	case *ast.AssignStmt:
		w.writes(n)
		for i, value := range n.Rhs { // one for all, if it is a call with several results
			w.gets(n.Lhs[i], value)
		}
	case *ast.ValueSpec:
		for i, value := range n.Values {
			w.gets(n.Names[i], value)
		}
	case *ast.IncDecStmt:
		w.writes(n)
	case *ast.CallExpr:
		if w.isOnce(n) {
			w.once(n)
			return false
		}
		w.writes(n)
		w.call(n)
	case *ast.Ident:
		w.reads(n)
	}
	return true
}

// literal says whether a function literal is a part of this code. A workflow in what is none is code of its own; what takes a
// context.Context is an activity, or called by who knows whom.
func (w *walker) literal(lit *ast.FuncLit) bool {
	if w.elsewhere[lit] {
		return false
	}
	sig := w.signature(lit)
	if d := dialectOf(sig); d != none && w.c.dialect == none {
		w.add(&code{name: "function literal in " + w.c.name, pos: lit.Pos(), dialect: d, body: lit.Body})
		return false
	}
	return !takesContext(sig)
}

// selects notes a select statement once, and not each of its channels.
func (w *walker) selects(n *ast.SelectStmt) {
	w.found(Channel, "the select statement", n.Pos())
	for _, clause := range n.Body.List {
		for _, stmt := range clause.(*ast.CommClause).Body {
			w.walk(stmt)
		}
	}
}

// once looks at what sync.Once is given.
func (w *walker) once(n *ast.CallExpr) {
	before := w.initialising
	w.initialising = true
	for _, argument := range n.Args {
		w.refers(argument)
		w.walk(argument)
	}
	w.initialising = before
}

// isUnlessReplaying says that a statement is if !workflow.IsReplaying(ctx).
func (w *walker) isUnlessReplaying(n *ast.IfStmt) bool {
	negation, ok := ast.Unparen(n.Cond).(*ast.UnaryExpr)
	if !ok || negation.Op != token.NOT || n.Init != nil {
		return false
	}
	call, ok := ast.Unparen(negation.X).(*ast.CallExpr)
	if !ok {
		return false
	}
	fn, ok := w.callee(call).(*types.Func)
	return ok && fn.Name() == "IsReplaying" && isTrusted(pathOf(fn.Pkg()))
}

func (w *walker) unlessReplaying(n *ast.IfStmt) {
	before := w.notAgain
	w.notAgain = true
	w.walk(n.Body)
	w.notAgain = before
	if n.Else != nil {
		w.walk(n.Else)
	}
}

func (w *walker) ranges(n *ast.RangeStmt) {
	switch core(w.pass.TypesInfo.TypeOf(n.X)).(type) {
	case *types.Chan:
		w.found(Channel, "receiving from a channel of Go's", n.Pos())
	case *types.Map:
		if !w.orderless(n) {
			w.found(MapOrder, "range over a map", n.Pos())
		}
	case *types.Signature:
		if call, ok := ast.Unparen(n.X).(*ast.CallExpr); ok && w.iterates(call) {
			w.harmless[call] = true
			if !w.orderless(n) {
				w.found(MapOrder, "range over a map", n.Pos())
			}
		}
	}
}

// core is what a type is made of; that of a type parameter if all its types are made of the same.
func core(t types.Type) types.Type {
	if t == nil {
		return nil
	}
	parameter, ok := types.Unalias(t).(*types.TypeParam)
	if !ok {
		return t.Underlying()
	}
	constraint, ok := parameter.Constraint().Underlying().(*types.Interface)
	if !ok || constraint.NumEmbeddeds() != 1 {
		return nil
	}
	switch e := types.Unalias(constraint.EmbeddedType(0)).(type) {
	case *types.Union:
		if e.Len() == 1 {
			return e.Term(0).Type().Underlying()
		}
		return nil
	default:
		return e.Underlying()
	}
}

// gets notes what an expression gets for a value.
func (w *walker) gets(to, value ast.Expr) {
	w.collects(to, value)
	name, ok := to.(*ast.Ident)
	if !ok {
		return
	}
	object := w.pass.TypesInfo.ObjectOf(name)
	w.background[object] = w.background[object] || w.isBackground(value)
	if !w.recorded[object] {
		w.refers(value)
	} else if lit, ok := ast.Unparen(value).(*ast.FuncLit); ok {
		w.elsewhere[lit] = true
	}
}

// writes notes changes of package variables.
func (w *walker) writes(n ast.Node) {
	for _, target := range w.targets(n) {
		v := w.global(target)
		if v == nil || w.initialising {
			continue
		}
		w.found(GlobalWrite, "writing "+nameOf(v, w.pass.Pkg), target.Pos())
		ast.Inspect(target, func(part ast.Node) bool {
			if name, ok := part.(*ast.Ident); ok && w.pass.TypesInfo.Uses[name] == v {
				w.changes[name] = true
			}
			return true
		})
	}
}

// reads notes the use of package variables that are not what they were.
func (w *walker) reads(name *ast.Ident) {
	v := packageVariable(w.pass.TypesInfo.Uses[name])
	if v == nil || w.changes[name] {
		return
	}
	if kind, ok := ruleOf(v); ok {
		w.found(kind, nameOf(v, w.pass.Pkg), name.Pos())
		return
	}
	if by := w.writer(v, name.Pos()); by != "" {
		w.found(GlobalRead, "reading "+nameOf(v, w.pass.Pkg)+", which "+by+" writes,", name.Pos())
	}
}

// found notes unfit code, unless a comment allows it.
func (w *walker) found(kind Kind, what string, pos token.Pos) {
	if w.tier == library && !kind.everywhere() || w.notAgain && kind.again() || w.allowed.at(pos) {
		return
	}
	w.c.findings = append(w.c.findings, &finding{Kind: kind, what: what, pos: pos})
}
