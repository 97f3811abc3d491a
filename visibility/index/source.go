package index

import (
	"github.com/perdure/perdure/visibility/index/filter"
)

// source is where an attribute is found in SQL.
type source struct {
	// sql is NULL for runs without the attribute.
	sql string
	// nullable tells that there may be such runs.
	nullable bool
	// index is by which conditions find their runs, if there is one; listed tells that it has them in the order of lists.
	index  string
	listed bool
	// words is the attribute's number in words, where its values are.
	words int
}

const rootWorkflowID = "RootWorkflowId"

// systemSources are the attributes that every run has fields for.
var systemSources = map[string]source{
	"WorkflowId":           {sql: "workflow_id", index: "by_workflow_id"},
	"RunId":                {sql: "run_id", index: "sqlite_autoindex_runs_1"},
	"WorkflowType":         {sql: "type", index: "by_type", listed: true},
	"ExecutionStatus":      {sql: "status", index: "by_status", listed: true},
	"TaskQueue":            {sql: "task_queue", index: "by_task_queue"},
	"StartTime":            {sql: "start_time", index: "by_start_time"},
	"ExecutionTime":        {sql: "execution_time"},
	"CloseTime":            {sql: closeTimeSQL, nullable: true},
	"ExecutionDuration":    {sql: "duration", nullable: true},
	"HistoryLength":        {sql: "history_length", nullable: true},
	"HistorySizeBytes":     {sql: "history_size", nullable: true},
	"StateTransitionCount": {sql: "state_transitions", nullable: true},
	"ParentWorkflowId":     {sql: "parent_workflow_id", nullable: true, index: "by_parent"},
	"ParentRunId":          {sql: "parent_run_id", nullable: true},
	rootWorkflowID:         {sql: "root_workflow_id"}, // its index lacks most runs: compiler.root
	"RootRunId":            {sql: "root_run_id"},
}

// closeTimeSQL has no close time for open runs.
const closeTimeSQL = "nullif(close_time, 9223372036854775807)"

// source finds an attribute. One that no run has had is NULL in all of them.
func (c *attributeColumns) source(attribute filter.Attribute) source {
	if s, system := systemSources[attribute.Name]; system {
		return s
	}
	number := c.number(attribute)
	if number == 0 {
		return source{sql: "NULL", nullable: true}
	}
	s := source{sql: columnName(number), nullable: true, index: "by_" + columnName(number)}
	if hasWords(attribute.Type) {
		s.words = number
	}
	return s
}
