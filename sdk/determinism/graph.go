package determinism

import (
	"go/ast"
	"go/token"
	"go/types"
)

// code is a function of the package, with what was found in it and what it calls.
type code struct {
	name    string // for people
	pos     token.Pos
	dialect dialect // none: not a workflow by itself
	body    ast.Node
	object  types.Object // nil of a function literal

	findings []*finding
	calls    []call
	// reached are the findings here and in what is called from here, each with the first call of the shortest way to it,
	// which is nil of a finding in this very function; order is how they were found.
	reached map[*finding]*call
	order   []*finding
}

// call is a way from one function of the package to another.
type call struct {
	pos    token.Pos
	callee *code
}

// finding is a piece of unfit code, or a call of a function of another package that leads to one.
type finding struct {
	Kind
	what string
	pos  token.Pos
	// far is the rest of the way, in other packages.
	far []string
	// at is where the far end is: import path, file and line.
	at string
}

// spread brings findings to whoever calls the functions that have them, the nearest first, up to limit for each function.
func spread(all []*code, limit int) {
	type arrival struct {
		at *code
		of *finding
	}
	callers := map[*code][]arrivalCall{}
	var wave []arrival
	for _, c := range all {
		c.reached = map[*finding]*call{}
		for i := range c.calls {
			callee := c.calls[i].callee
			callers[callee] = append(callers[callee], arrivalCall{by: c, call: &c.calls[i]})
		}
		for _, f := range c.findings {
			if c.add(f, nil, limit) {
				wave = append(wave, arrival{c, f})
			}
		}
	}
	for len(wave) > 0 {
		var next []arrival
		for _, a := range wave {
			for _, caller := range callers[a.at] {
				if caller.by.add(a.of, caller.call, limit) {
					next = append(next, arrival{caller.by, a.of})
				}
			}
		}
		wave = next
	}
}

type arrivalCall struct {
	by   *code
	call *call
}

func (c *code) add(f *finding, by *call, limit int) bool {
	if _, known := c.reached[f]; known || len(c.order) >= limit {
		return false
	}
	c.reached[f] = by
	c.order = append(c.order, f)
	return true
}

// way are the calls that lead from c to a finding that it reaches.
func (c *code) way(f *finding) []*call {
	var calls []*call
	for next := c.reached[f]; next != nil; next = next.callee.reached[f] {
		calls = append(calls, next)
	}
	return calls
}

// workflows are the package's, first those that no other workflow code of the package calls: the way to a finding is told from
// one of these, if it can be.
func workflows(all []*code) (entries, others []*code) {
	live := map[*code]bool{}
	var visit func(c *code)
	visit = func(c *code) {
		if live[c] {
			return
		}
		live[c] = true
		for _, next := range c.calls {
			visit(next.callee)
		}
	}
	for _, c := range all {
		if c.dialect != none {
			visit(c)
		}
	}
	called := map[*code]bool{}
	for c := range live {
		for _, next := range c.calls {
			if next.callee != c {
				called[next.callee] = true
			}
		}
	}
	for _, c := range all {
		switch {
		case c.dialect == none:
		case called[c]:
			others = append(others, c)
		default:
			entries = append(entries, c)
		}
	}
	return entries, others
}
