package render

import (
	"maps"
	"slices"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
)

// SearchAttributes are those of a namespace, one line each: the custom ones before the system's.
func SearchAttributes(r *operatorservice.ListSearchAttributesResponse, width int) []string {
	var rows Rows
	rows.Add("NAME", "TYPE", "")
	add := func(attributes map[string]enumspb.IndexedValueType, kind string) {
		for _, name := range slices.Sorted(maps.Keys(attributes)) {
			rows.Add(OneLine(name), attributes[name].String(), kind)
		}
	}
	add(r.GetCustomAttributes(), "custom")
	add(r.GetSystemAttributes(), "system")
	return rows.Lines(width)
}
