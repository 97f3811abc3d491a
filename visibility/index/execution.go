package index

import (
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
)

// Execution is one run as lists show it.
type Execution struct {
	WorkflowID, RunID string
	// FirstRunID is the first of the chain of runs that this one continues.
	FirstRunID string
	Type       string
	TaskQueue  string
	Status     enumspb.WorkflowExecutionStatus
	// Start is when the run was started; Execution when its first workflow task is due, later than Start
	// with a start delay or a back-off; Close is zero while it is open.
	Start, Execution, Close time.Time
	// HistoryLength (events), HistorySize (bytes) and StateTransitions are known once the run is closed, as
	// with Temporal.
	HistoryLength, HistorySize, StateTransitions int64
	// Parent is empty for a run that no other started; Root is the run itself then.
	ParentWorkflowID, ParentRunID string
	RootWorkflowID, RootRunID     string
	Memo                          *commonpb.Memo
	// SearchAttributes are the custom ones and those that SDKs set (BuildIds, TemporalChangeVersion...), as
	// the history has them: payloads with their type in the metadata.
	SearchAttributes map[string]*commonpb.Payload
	// Sequence is that of the last record in the shard's log that this row knows. A row at rest knows those up
	// to the rest's.
	Sequence uint64
}

// Change is what a later record says of a run. Zero fields say nothing.
type Change struct {
	RunID string
	// Sequence is that of the record: a change at or below the row's own is known and does nothing.
	Sequence uint64
	// Status and Close end the run, with the counts that are known then.
	Status                                       enumspb.WorkflowExecutionStatus
	Close                                        time.Time
	HistoryLength, HistorySize, StateTransitions int64
	// SearchAttributes and Memo are merged into what the run has; one without data is removed.
	SearchAttributes map[string]*commonpb.Payload
	Memo             *commonpb.Memo
}

// Positions are how far the projection has read.
type Positions struct {
	// Logs are the last sequences that were read of the shards' logs, and Epochs the highest epochs, both by shard.
	Logs, Epochs []uint64
	// Open and History are the last sequences that were read of these streams; 0: none was.
	Open, History uint64
}

// Batch is what is written in one transaction, in this order.
type Batch struct {
	// Put are whole rows. One replaces a row of its run with a lower Sequence; a closed one any open one, with the higher of their
	// sequences, since it knows all records; an open one no closed one.
	Put []*Execution
	// Changes of rows that are there; for others they do nothing.
	Changes []Change
	// Delete are run ids.
	Delete []string
	// Positions that are reached with it; nil leaves them.
	Positions *Positions
}
