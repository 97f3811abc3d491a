package determinism

import (
	"cmp"
	"fmt"
	"go/token"
	"go/types"
	"path"
	"path/filepath"
	"slices"

	"golang.org/x/tools/go/analysis"
)

// How many findings a function is known for, nearest first: to its own package, and to others. A library's
// function is known for one.
const (
	limitOwn      = 64
	limitExported = 16
)

// surface is the fact of a package: what others have to know of it, sorted by name, so that equal packages have equal facts.
type surface struct {
	Reaches []reaches
	Written []written
}

// reaches is that calling a function, or what a variable holds, leads to unfit code.
type reaches struct {
	Name string // with its receiver's type
	Ends []end
}

// end is one finding, as other packages see it.
type end struct {
	Kind Kind
	What string
	Way  []string // functions from the one that is called to the one with the code, without the first
	At   string   // import path, file and line
}

// written is that a package variable is written after its initialisation.
type written struct{ Name, By string }

func (*surface) AFact() {}

func (s *surface) String() string {
	return fmt.Sprintf("%d functions reach unfit code, %d variables are written", len(s.Reaches), len(s.Written))
}

// known is a surface by name.
type known struct {
	reaches map[string][]end
	written map[string]string
}

// surfaceOf is what is known of another package.
func (s *survey) surfaceOf(pkg *types.Package) known {
	if k, ok := s.known[pkg]; ok {
		return k
	}
	k := known{reaches: map[string][]end{}, written: map[string]string{}}
	var fact surface
	if pkg != nil && pkg != s.pass.Pkg && s.pass.ImportPackageFact(pkg, &fact) {
		for _, r := range fact.Reaches {
			k.reaches[r.Name] = r.Ends
		}
		for _, w := range fact.Written {
			k.written[w.Name] = w.By
		}
	}
	s.known[pkg] = k
	return k
}

// export tells importers of the package's functions that lead to unfit code, and of variables that change. Workflows of the
// module are not among them: what is wrong there is said there. A library's variables are its own affair.
func (s *survey) export() {
	fact := &surface{}
	for _, c := range s.all {
		if c.object == nil || len(c.order) == 0 || s.tier == own && c.dialect != none {
			continue
		}
		r := reaches{Name: keyOf(c.object)}
		for _, f := range c.order[:min(len(c.order), limitExported)] {
			r.Ends = append(r.Ends, c.end(s.pass, f))
		}
		fact.Reaches = append(fact.Reaches, r)
	}
	for v, w := range s.written {
		if s.tier == own && v.Pkg() == s.pass.Pkg && !w.test {
			fact.Written = append(fact.Written, written{Name: v.Name(), By: w.by})
		}
	}
	if len(fact.Reaches)+len(fact.Written) == 0 {
		return
	}
	slices.SortFunc(fact.Reaches, func(a, b reaches) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(fact.Written, func(a, b written) int { return cmp.Compare(a.Name, b.Name) })
	s.pass.ExportPackageFact(fact)
}

// keyOf is the name of a function or variable within its package.
func keyOf(object types.Object) string {
	if receiver := receiverOf(object); receiver != "" {
		return receiver + "." + object.Name()
	}
	return object.Name()
}

// end is a finding as seen from c.
func (c *code) end(pass *analysis.Pass, f *finding) end {
	e := end{Kind: f.Kind, What: f.what, At: f.at}
	for _, step := range c.way(f) {
		e.Way = append(e.Way, nameOf(step.callee.object, nil))
	}
	e.Way = append(e.Way, f.far...)
	if e.At == "" {
		e.At = place(pass, f.pos)
	}
	return e
}

// place is a position in words that are the same on every machine.
func place(pass *analysis.Pass, pos token.Pos) string {
	p := pass.Fset.Position(pos)
	return fmt.Sprintf("%s:%d", path.Join(pathOf(pass.Pkg), filepath.Base(p.Filename)), p.Line)
}
