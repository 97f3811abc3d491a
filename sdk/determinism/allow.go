package determinism

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/token"
	"strings"

	"golang.org/x/tools/go/analysis"
)

const (
	allowComment  = "//perdure:allow"
	ignoreComment = "//workflowcheck:ignore"
)

// allowed are the lines of a package whose findings and calls comments take away.
type allowed struct {
	fset  *token.FileSet
	lines map[line]bool
	// whole are those of workflowcheck:ignore, which take in all of a statement that begins there.
	whole map[line]bool
	// bare are perdure:allow comments without a reason.
	bare []token.Pos
}

type line struct {
	file   string
	number int
}

func readAllowed(pass *analysis.Pass) (*allowed, error) {
	a := &allowed{fset: pass.Fset, lines: map[line]bool{}, whole: map[line]bool{}}
	for _, file := range pass.Files {
		for _, group := range file.Comments {
			for _, comment := range group.List {
				text, ignores := comment.Text, false
				reason, allows := directive(text, allowComment)
				if !allows {
					if _, ignores = directive(text, ignoreComment); !ignores {
						continue
					}
				}
				if allows && reason == "" {
					a.bare = append(a.bare, comment.Pos())
					continue
				}
				at, err := a.target(pass, group, comment)
				if err != nil {
					return nil, err
				}
				a.lines[at] = true
				if ignores {
					a.whole[at] = true
				}
			}
		}
	}
	return a, nil
}

// directive is what follows the given word, if the comment begins with it.
func directive(comment, word string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(comment, word)
	if !ok || rest != "" && rest[0] != ' ' && rest[0] != '\t' {
		return "", false
	}
	return strings.TrimSpace(rest), true
}

// target is the line that a comment is about: its own behind code, else the one behind its group.
func (a *allowed) target(pass *analysis.Pass, group *ast.CommentGroup, comment *ast.Comment) (line, error) {
	// The real file, whatever line directives say of it: positions of code are looked up in the same way.
	start := a.fset.PositionFor(comment.Pos(), false)
	source, err := pass.ReadFile(start.Filename)
	if err != nil {
		return line{}, fmt.Errorf("reading the comments of %s: %w", start.Filename, err)
	}
	before := source[min(start.Offset-(start.Column-1), len(source)):min(start.Offset, len(source))]
	if len(bytes.TrimSpace(before)) > 0 {
		return line{start.Filename, start.Line}, nil
	}
	return line{start.Filename, a.fset.PositionFor(group.End(), false).Line + 1}, nil
}

// at says that what stands at a position is allowed.
func (a *allowed) at(pos token.Pos) bool { return a.lines[a.line(pos)] }

// all says that a function or statement is allowed with all that is in it.
func (a *allowed) all(node ast.Node) bool {
	switch n := node.(type) {
	case *ast.FuncDecl:
		return a.lines[a.line(n.Pos())]
	case ast.Stmt:
		return a.whole[a.line(n.Pos())]
	}
	return false
}

func (a *allowed) line(pos token.Pos) line {
	p := a.fset.PositionFor(pos, false)
	return line{p.Filename, p.Line}
}
