package render

import sdkpb "go.temporal.io/api/sdk/v1"

// Metadata is what a workflow tells of itself: where it stands, and what can be asked of it and said to it.
func Metadata(m *sdkpb.WorkflowMetadata, width int) []string {
	var rows Rows
	d := m.GetDefinition()
	rows.Pair("Type", OneLine(d.GetType()))
	for _, one := range []struct {
		kind        string
		definitions []*sdkpb.WorkflowInteractionDefinition
	}{{"Query", d.GetQueryDefinitions()}, {"Signal", d.GetSignalDefinitions()}, {"Update", d.GetUpdateDefinitions()}} {
		for _, i := range one.definitions {
			rows.Add(one.kind, OneLine(i.GetName()), OneLine(i.GetDescription()))
		}
	}
	lines := rows.Lines(width)
	if m.GetCurrentDetails() == "" {
		return lines
	}
	return append(append(lines, ""), TextLines(m.GetCurrentDetails())...)
}
