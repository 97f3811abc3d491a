package render

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api"
)

// Namespace is the description of a namespace.
func Namespace(d *workflowservice.DescribeNamespaceResponse, width int) []string {
	info := d.GetNamespaceInfo()
	var rows Rows
	rows.Pair("Namespace", OneLine(info.GetName()))
	rows.Pair("ID", info.GetId())
	rows.Pair("State", info.GetState().String())
	rows.Pair("Description", OneLine(info.GetDescription()))
	rows.Pair("Owner", OneLine(info.GetOwnerEmail()))
	rows.Pair("Retention", Duration(d.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration()))
	for _, key := range slices.Sorted(maps.Keys(info.GetData())) {
		if !strings.HasPrefix(key, api.LimitPrefix) {
			rows.Pair("Data "+OneLine(key), OneLine(info.GetData()[key]))
		}
	}
	addLimits(&rows, info.GetData())
	return rows.Lines(width)
}

// addLimits are all limits, and which of them were set.
func addLimits(rows *Rows, data map[string]string) {
	for _, limit := range api.LimitSettings {
		value := strconv.FormatInt(limit.Default, 10)
		if set, is := data[api.LimitPrefix+limit.Name]; is {
			value = OneLine(set) + " (usually " + value + ")"
		}
		rows.Pair("Limit "+limit.Name, value)
	}
}

// Namespaces is the list of namespaces, one line each.
func Namespaces(all []*workflowservice.DescribeNamespaceResponse, width int) []string {
	var rows Rows
	rows.Add("NAMESPACE", "STATE", "RETENTION", "DESCRIPTION")
	for _, d := range all {
		info := d.GetNamespaceInfo()
		rows.Add(OneLine(info.GetName()), info.GetState().String(),
			Duration(d.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration()), OneLine(info.GetDescription()))
	}
	return rows.Lines(width)
}
