package visibility

import (
	"cmp"
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/visibility/index"
)

// closedAs is the status that each closing event leaves.
var closedAs = map[enumspb.EventType]enumspb.WorkflowExecutionStatus{
	enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED:        enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED,
	enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED:           enumspb.WORKFLOW_EXECUTION_STATUS_FAILED,
	enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT:        enumspb.WORKFLOW_EXECUTION_STATUS_TIMED_OUT,
	enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED:         enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED,
	enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED:       enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED,
	enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW: enumspb.WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW,
}

// concerns tells the events that an index is made of.
func concerns(kind enumspb.EventType) bool {
	switch kind {
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED, enumspb.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES, enumspb.EVENT_TYPE_WORKFLOW_PROPERTIES_MODIFIED,
		enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED:
		return true
	}
	return closedAs[kind] != 0
}

// read adds what an event that concerns an index says of a run: a row where it begins the run, else a change.
func (b *batch) read(e event, workflowID, runID string, sequence uint64) error {
	if status := closedAs[e.kind]; status != 0 {
		at, err := e.at()
		if err != nil {
			return err
		}
		b.change(&index.Change{RunID: runID, Sequence: sequence, Status: status, Close: at, HistoryLength: e.id})
		return nil
	}
	decoded := &historypb.HistoryEvent{}
	if err := proto.Unmarshal(e.encoded, decoded); err != nil {
		return fmt.Errorf("event %d of run %s: %w", e.id, runID, err)
	}
	switch e.kind {
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
		b.begin(started(decoded, workflowID, runID, sequence))
	case enumspb.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
		fields := decoded.GetUpsertWorkflowSearchAttributesEventAttributes().GetSearchAttributes().GetIndexedFields()
		b.change(&index.Change{RunID: runID, Sequence: sequence, SearchAttributes: removing(fields)})
	case enumspb.EVENT_TYPE_WORKFLOW_PROPERTIES_MODIFIED:
		fields := decoded.GetWorkflowPropertiesModifiedEventAttributes().GetUpsertedMemo().GetFields()
		b.change(&index.Change{RunID: runID, Sequence: sequence, Memo: &commonpb.Memo{Fields: removing(fields)}})
	case enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED:
		b.reset(decoded, runID)
	}
	return nil
}

// reset lets a run of a reset begin at the failure of the workflow task that it goes on behind: what is before it, which the
// same record has, is of another.
func (b *batch) reset(e *historypb.HistoryEvent, runID string) {
	a := e.GetWorkflowTaskFailedEventAttributes()
	if row := b.rows[runID]; row != nil && a.GetCause() == enumspb.WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW && a.GetNewRunId() == runID {
		row.Start = e.GetEventTime().AsTime()
		row.Execution = row.Start
	}
}

// started is the row of a run that begins.
func started(e *historypb.HistoryEvent, workflowID, runID string, sequence uint64) *index.Execution {
	a := e.GetWorkflowExecutionStartedEventAttributes()
	start := e.GetEventTime().AsTime()
	row := &index.Execution{
		WorkflowID: workflowID, RunID: runID, FirstRunID: cmp.Or(a.GetFirstExecutionRunId(), runID),
		Type: a.GetWorkflowType().GetName(), TaskQueue: a.GetTaskQueue().GetName(),
		Status: enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING,
		Start:  start, Execution: start.Add(max(0, a.GetFirstWorkflowTaskBackoff().AsDuration())),
		ParentWorkflowID: a.GetParentWorkflowExecution().GetWorkflowId(), ParentRunID: a.GetParentWorkflowExecution().GetRunId(),
		RootWorkflowID: workflowID, RootRunID: runID,
		Sequence: sequence,
	}
	if root := a.GetRootWorkflowExecution(); root.GetWorkflowId() != "" {
		row.RootWorkflowID, row.RootRunID = root.WorkflowId, root.RunId
	}
	row.SearchAttributes = api.MergedFields(nil, a.GetSearchAttributes().GetIndexedFields())
	if fields := api.MergedFields(nil, a.GetMemo().GetFields()); len(fields) > 0 {
		row.Memo = &commonpb.Memo{Fields: fields}
	}
	return row
}

// removing has every value that stands for none without data, which takes its field away.
func removing(fields map[string]*commonpb.Payload) map[string]*commonpb.Payload {
	for name, value := range fields {
		if api.RemovesField(value) {
			fields[name] = &commonpb.Payload{}
		}
	}
	return fields
}
