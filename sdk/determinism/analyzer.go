package determinism

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/analysis"
)

// Analyzer finds what makes workflow code differ between a run and its replay. The category of a diagnostic is its
// [Kind]; what it is related to are the calls of the package that lead there, the workflow's own first.
var Analyzer = &analysis.Analyzer{
	Name:      "determinism",
	Doc:       "report what a replay of workflow code would not do again as it was: clocks, randomness, goroutines, channels, map order, I/O, globals",
	FactTypes: []analysis.Fact{(*surface)(nil)},
	Run:       func(pass *analysis.Pass) (any, error) { return nil, run(pass) },
}

func run(pass *analysis.Pass) error {
	t := tierOf(pass)
	if t == skipped {
		return nil
	}
	allowed, err := readAllowed(pass)
	if err != nil {
		return err
	}
	s := &survey{
		pass: pass, tier: t, allowed: allowed,
		byObject: map[types.Object]*code{}, held: map[types.Object]types.Object{}, known: map[*types.Package]known{},
	}
	s.written = s.writes()
	s.recorded = s.recordings()
	s.collect()
	for i := 0; i < len(s.all); i++ { // looking at one may add literals in it
		s.look(s.all[i])
	}
	limit := limitOwn
	if t == library {
		limit = 1
	}
	spread(s.all, limit)
	s.export()
	if t == own {
		s.report()
	}
	return nil
}

// survey is the look at one package.
type survey struct {
	pass    *analysis.Pass
	tier    tier
	allowed *allowed

	all      []*code
	byObject map[types.Object]*code
	// held are package variables whose initial value is a function with a name.
	held    map[types.Object]types.Object
	written map[*types.Var]write
	// recorded are functions whose outcome is recorded, or that run as activities or answer queries.
	recorded map[types.Object]bool
	// known is what the facts of other packages say.
	known map[*types.Package]known
}

// collect finds the package's functions, and the variables that hold one.
func (s *survey) collect() {
	for _, file := range s.pass.Files {
		for _, decl := range file.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				s.function(d)
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if values, ok := spec.(*ast.ValueSpec); ok {
						s.variables(values)
					}
				}
			}
		}
	}
}

func (s *survey) function(d *ast.FuncDecl) {
	fn, ok := s.pass.TypesInfo.Defs[d.Name].(*types.Func)
	if !ok || d.Body == nil || s.allowed.all(d) {
		return
	}
	c := &code{name: nameOf(fn, s.pass.Pkg), pos: d.Name.Pos(), body: d.Body, object: fn}
	if !s.recorded[fn] {
		c.dialect = dialectOf(fn.Signature())
	}
	s.add(c)
}

func (s *survey) variables(spec *ast.ValueSpec) {
	for i, value := range spec.Values {
		// A call that gives several values has one expression for all names.
		name := spec.Names[i]
		object := s.pass.TypesInfo.Defs[name]
		switch v := ast.Unparen(value).(type) {
		case *ast.FuncLit:
			if object == nil || s.recorded[object] || takesContext(s.signature(v)) {
				continue
			}
			s.add(&code{name: name.Name, pos: name.Pos(), dialect: dialectOf(s.signature(v)), body: v.Body, object: object})
			continue
		case *ast.Ident, *ast.SelectorExpr:
			if fn := s.functionOf(value); fn != nil && object != nil {
				s.held[object] = fn
			}
			continue
		}
		// Nobody calls an initialisation, but it may hold workflows.
		s.add(&code{name: name.Name, pos: name.Pos(), body: value})
	}
}

func (s *survey) add(c *code) {
	s.all = append(s.all, c)
	if c.object != nil {
		s.byObject[c.object] = c
	}
}

func (s *survey) signature(lit *ast.FuncLit) *types.Signature {
	sig, _ := s.pass.TypesInfo.TypeOf(lit).(*types.Signature)
	return sig
}

// functionOf is the declared function that an expression names, or nil.
func (s *survey) functionOf(expr ast.Expr) *types.Func {
	var name *ast.Ident
	switch e := ast.Unparen(expr).(type) {
	case *ast.Ident:
		name = e
	case *ast.SelectorExpr:
		name = e.Sel
	case *ast.IndexExpr:
		return s.functionOf(e.X)
	case *ast.IndexListExpr:
		return s.functionOf(e.X)
	default:
		return nil
	}
	fn, ok := s.pass.TypesInfo.Uses[name].(*types.Func)
	if !ok {
		return nil
	}
	return fn.Origin()
}

// inTest says that a position is in a test file.
func (s *survey) inTest(pos token.Pos) bool { return isTestFile(s.pass.Fset.Position(pos).Filename) }
