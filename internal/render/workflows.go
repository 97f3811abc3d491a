package render

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Workflows is a list of workflows, of which the pages come one after the other.
type Workflows struct {
	// Fields are the columns: those of WorkflowFields, and names of search attributes.
	Fields []string

	rows  Rows
	begun bool
}

// Page is the lines of the next page; the heading stands above the first.
func (w *Workflows) Page(page []*workflowpb.WorkflowExecutionInfo, width int) []string {
	if !w.begun {
		w.begun = true
		w.rows.Add(w.Fields...)
	}
	for _, e := range page {
		cells := make([]string, len(w.Fields))
		for i, field := range w.Fields {
			cells[i] = workflowField(e, field)
		}
		w.rows.Add(cells...)
	}
	return w.rows.Take(width)
}

// WorkflowFields are the names of the columns that every workflow has, in no order.
func WorkflowFields() []string { return slices.Collect(maps.Keys(workflowFields)) }

// workflowFields are the attributes that every workflow has.
var workflowFields = map[string]func(*workflowpb.WorkflowExecutionInfo) string{
	"WorkflowId":      func(e *workflowpb.WorkflowExecutionInfo) string { return OneLine(e.GetExecution().GetWorkflowId()) },
	"RunId":           func(e *workflowpb.WorkflowExecutionInfo) string { return e.GetExecution().GetRunId() },
	"WorkflowType":    func(e *workflowpb.WorkflowExecutionInfo) string { return OneLine(e.GetType().GetName()) },
	"ExecutionStatus": func(e *workflowpb.WorkflowExecutionInfo) string { return e.GetStatus().String() },
	"StartTime":       func(e *workflowpb.WorkflowExecutionInfo) string { return moment(e.GetStartTime()) },
	"ExecutionTime":   func(e *workflowpb.WorkflowExecutionInfo) string { return moment(e.GetExecutionTime()) },
	"CloseTime":       func(e *workflowpb.WorkflowExecutionInfo) string { return moment(e.GetCloseTime()) },
	"TaskQueue":       func(e *workflowpb.WorkflowExecutionInfo) string { return OneLine(e.GetTaskQueue()) },
	"ParentWorkflowId": func(e *workflowpb.WorkflowExecutionInfo) string {
		return OneLine(e.GetParentExecution().GetWorkflowId())
	},
	"ParentRunId":          func(e *workflowpb.WorkflowExecutionInfo) string { return e.GetParentExecution().GetRunId() },
	"RootWorkflowId":       func(e *workflowpb.WorkflowExecutionInfo) string { return OneLine(e.GetRootExecution().GetWorkflowId()) },
	"RootRunId":            func(e *workflowpb.WorkflowExecutionInfo) string { return e.GetRootExecution().GetRunId() },
	"HistoryLength":        func(e *workflowpb.WorkflowExecutionInfo) string { return count(e, e.GetHistoryLength()) },
	"HistorySizeBytes":     func(e *workflowpb.WorkflowExecutionInfo) string { return count(e, e.GetHistorySizeBytes()) },
	"StateTransitionCount": func(e *workflowpb.WorkflowExecutionInfo) string { return count(e, e.GetStateTransitionCount()) },
	"ExecutionDuration": func(e *workflowpb.WorkflowExecutionInfo) string {
		if e.GetExecutionDuration() == nil {
			return ""
		}
		return Duration(e.GetExecutionDuration().AsDuration())
	},
	"Memo": func(e *workflowpb.WorkflowExecutionInfo) string { return Fields(e.GetMemo().GetFields()) },
	"SearchAttributes": func(e *workflowpb.WorkflowExecutionInfo) string {
		return Fields(e.GetSearchAttributes().GetIndexedFields())
	},
}

func workflowField(e *workflowpb.WorkflowExecutionInfo, name string) string {
	if field, known := workflowFields[name]; known {
		return field(e)
	}
	return attribute(e.GetSearchAttributes().GetIndexedFields()[name])
}

// count is known of closed workflows alone.
func count(e *workflowpb.WorkflowExecutionInfo, n int64) string {
	if e.GetCloseTime() == nil {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func moment(t *timestamppb.Timestamp) string {
	if t == nil {
		return ""
	}
	return t.AsTime().In(time.Local).Format("2006-01-02 15:04:05")
}

// attribute is the value of a search attribute, text without its quotes.
func attribute(p *commonpb.Payload) string {
	var text string
	switch {
	case p == nil:
		return ""
	case json.Unmarshal(p.GetData(), &text) == nil:
		return OneLine(text)
	}
	return Payload(p)
}

// WorkflowCount is how many workflows a filter matches, in groups where it asks for them.
func WorkflowCount(c *workflowservice.CountWorkflowExecutionsResponse, width int) []string {
	total := strconv.FormatInt(c.GetCount(), 10)
	if len(c.GetGroups()) == 0 {
		return []string{total}
	}
	var rows Rows
	rows.Add("GROUP", "COUNT")
	for _, g := range c.GetGroups() {
		values := make([]string, len(g.GetGroupValues()))
		for i, v := range g.GetGroupValues() {
			values[i] = "(none)"
			if len(v.GetData()) > 0 {
				values[i] = attribute(v)
			}
		}
		rows.Add(strings.Join(values, ", "), strconv.FormatInt(g.GetCount(), 10))
	}
	rows.Add("Total", total)
	return rows.Lines(width)
}
