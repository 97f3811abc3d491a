package determinism

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Of two ways the shorter is told, and calls in a circle end.
func TestTheShortestWayIsTold(t *testing.T) {
	unfit := &finding{Kind: Clock, what: "time.Now"}
	leaf := &code{name: "leaf", findings: []*finding{unfit}}
	middle := &code{name: "middle"}
	root := &code{name: "root", dialect: perdure}
	middle.calls = []call{{callee: root}, {callee: leaf}}
	root.calls = []call{{callee: middle}, {callee: leaf}}
	spread([]*code{root, middle, leaf}, limitOwn)
	require.Equal(t, []*call{&root.calls[1]}, root.way(unfit))
	require.Equal(t, []*call{&middle.calls[1]}, middle.way(unfit))
	require.Empty(t, leaf.way(unfit))
}

// Whatever calls what, each function reaches what is in the functions that it leads to, by a way that exists, as far as its limit goes.
func TestFindingsSpreadAsCallsDo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := make([]*code, rapid.IntRange(1, 8).Draw(t, "functions"))
		for i := range all {
			all[i] = &code{}
			for range rapid.IntRange(0, 2).Draw(t, "findings") {
				all[i].findings = append(all[i].findings, &finding{})
			}
		}
		for _, c := range all {
			for _, callee := range rapid.SliceOfN(rapid.SampledFrom(all), 0, 3).Draw(t, "calls") {
				c.calls = append(c.calls, call{callee: callee})
			}
		}
		limit := rapid.IntRange(1, 20).Draw(t, "limit")
		spread(all, limit)
		for _, c := range all {
			want := reachable(c, map[*code]bool{})
			require.Len(t, c.order, min(limit, len(want)))
			for _, f := range c.order {
				require.Contains(t, want, f)
				end := c
				for _, step := range c.way(f) {
					end = step.callee
				}
				require.Contains(t, end.findings, f)
			}
		}
	})
}

func reachable(c *code, seen map[*code]bool) []*finding {
	if seen[c] {
		return nil
	}
	seen[c] = true
	all := c.findings[:len(c.findings):len(c.findings)]
	for _, next := range c.calls {
		all = append(all, reachable(next.callee, seen)...)
	}
	return all
}
