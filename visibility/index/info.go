package index

import (
	"database/sql"
	"errors"
	"math"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/perdure/perdure/api"
)

// infoRow is a row as it is read: the values of rowColumns.
type infoRow struct {
	run, workflow, firstRun, kind, queue string
	status                               int32
	start, execution, end                int64
	duration, length, size, transitions  sql.NullInt64
	parentWorkflow, parentRun            sql.NullString
	rootWorkflow, rootRun                string
	memo, attributes                     []byte
	sequence                             int64
}

func (r *infoRow) targets() []any {
	return []any{
		&r.run, &r.workflow, &r.firstRun, &r.kind, &r.queue, &r.status,
		&r.start, &r.execution, &r.end, &r.duration,
		&r.length, &r.size, &r.transitions,
		&r.parentWorkflow, &r.parentRun, &r.rootWorkflow, &r.rootRun,
		&r.memo, &r.attributes, &r.sequence,
	}
}

// info is the execution as lists show it. Search attributes whose type the history does not tell have that of the namespace.
func (r *infoRow) info(custom map[string]enumspb.IndexedValueType) (*workflowpb.WorkflowExecutionInfo, error) {
	info := &workflowpb.WorkflowExecutionInfo{
		Execution:            execution(r.workflow, r.run),
		Type:                 &commonpb.WorkflowType{Name: r.kind},
		StartTime:            timestamp(r.start),
		ExecutionTime:        timestamp(r.execution),
		Status:               enumspb.WorkflowExecutionStatus(r.status),
		TaskQueue:            r.queue,
		HistoryLength:        r.length.Int64,
		HistorySizeBytes:     r.size.Int64,
		StateTransitionCount: r.transitions.Int64,
		RootExecution:        execution(r.rootWorkflow, r.rootRun),
		FirstRunId:           r.firstRun,
	}
	if r.end != open {
		info.CloseTime, info.ExecutionDuration = timestamp(r.end), durationpb.New(time.Duration(r.duration.Int64))
	}
	if r.parentWorkflow.Valid {
		info.ParentExecution = execution(r.parentWorkflow.String, r.parentRun.String)
	}
	attributes, err := readAttributes(r.attributes)
	if err != nil {
		return nil, errors.Join(ErrDamaged, err)
	}
	memo, err := readMemo(r.memo)
	if err != nil {
		return nil, errors.Join(ErrDamaged, err)
	}
	info.Memo = memoOf(memo)
	if len(attributes) > 0 {
		info.SearchAttributes = &commonpb.SearchAttributes{IndexedFields: attributes}
	}
	for name, payload := range attributes {
		setType(payload, name, custom)
	}
	return info, nil
}

// setType writes the type of an attribute into its payload, where it is not yet.
func setType(payload *commonpb.Payload, name string, custom map[string]enumspb.IndexedValueType) {
	t, found := api.PredefinedSearchAttribute(name)
	if !found {
		t, found = custom[name]
	}
	if !found || payload == nil || len(payload.Metadata[metadataType]) > 0 {
		return
	}
	if payload.Metadata == nil {
		payload.Metadata = map[string][]byte{}
	}
	payload.Metadata[metadataType] = []byte(t.String())
}

func execution(workflow, run string) *commonpb.WorkflowExecution {
	return &commonpb.WorkflowExecution{WorkflowId: workflow, RunId: run}
}

// timestamp is nil for a time that was never told.
func timestamp(nanoseconds int64) *timestamppb.Timestamp {
	if nanoseconds == math.MinInt64 {
		return nil
	}
	return timestamppb.New(time.Unix(0, nanoseconds))
}
