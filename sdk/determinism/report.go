package determinism

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// report tells of each finding once, with the shortest way from a workflow to it.
func (s *survey) report() {
	for _, pos := range s.allowed.bare {
		s.pass.Report(analysis.Diagnostic{
			Pos: pos, Category: string(Comment),
			Message: allowComment + " without a reason allows nothing: say behind it why a replay does the same",
		})
	}
	entries, others := workflows(s.all)
	from := nearest(entries)
	for f, root := range nearest(others) {
		if from[f] == nil {
			from[f] = root
		}
	}
	told := slices.Collect(maps.Keys(from))
	slices.SortFunc(told, func(a, b *finding) int {
		return cmp.Or(cmp.Compare(a.pos, b.pos), cmp.Compare(a.what, b.what), cmp.Compare(a.at, b.at))
	})
	for _, f := range told {
		s.pass.Report(s.diagnostic(from[f], f))
	}
}

// nearest are the findings that workflows reach, each with the workflow that has the shortest way to it.
func nearest(roots []*code) map[*finding]*code {
	from := map[*finding]*code{}
	for _, root := range roots {
		for _, f := range root.order {
			if before := from[f]; before == nil || len(root.way(f)) < len(before.way(f)) {
				from[f] = root
			}
		}
	}
	return from
}

// diagnostic is a finding with the way that leads there from a workflow.
func (s *survey) diagnostic(root *code, f *finding) analysis.Diagnostic {
	d := analysis.Diagnostic{Pos: f.pos, Category: string(f.Kind)}
	names, caller := []string{root.name}, root.name
	for _, step := range root.way(f) {
		names = append(names, step.callee.name)
		d.Related = append(d.Related, analysis.RelatedInformation{Pos: step.pos, Message: caller + " calls " + step.callee.name})
		caller = step.callee.name
	}
	names = append(names, f.far...)
	d.Message = f.say(f.what, root.dialect) + " (workflow code: " + strings.Join(names, " → ")
	if f.at != "" {
		d.Message += ", at " + f.at
	}
	d.Message += ")"
	return d
}
