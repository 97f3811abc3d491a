package rest

import (
	"fmt"

	"github.com/perdure/perdure/api/recordpb"
)

// Run is one run, whole or, for WriteOpen, what of it is new.
type Run struct {
	WorkflowID, RunID string
	// FirstEventID is the id of the first event in Batches; where they are
	// empty, of the next event.
	FirstEventID int64
	// Batches are encoded events as they were committed together. May be empty.
	Batches []*recordpb.Batch
	State   *recordpb.RunState
	Summary *recordpb.Summary
	// LogSequence is up to where in the shard's log the run is complete with
	// this. Give the log's last sequence as the run was so, acknowledged by now, not the
	// run's own last: it tells a newer owner's rest from an older one's.
	LogSequence uint64
	// Sequences of the run's messages in OPEN, ascending; none: it is not there yet.
	Sequences []uint64
}

// Result is the outcome of writing one run.
type Result struct {
	// Sequences of all messages of the run from now on, ascending.
	Sequences []uint64
	// Err is ErrSetAside, ErrSuperseded, ErrTooLarge or of package stream, and
	// nothing of the run was written; or ErrDoubtful: writing it again settles that.
	Err error
}

func (r *Run) String() string { return fmt.Sprintf("run %s of workflow %q", r.RunID, r.WorkflowID) }

// last is the sequence of the last message that the run is known to have; 0 for none.
func (r *Run) last() uint64 {
	if len(r.Sequences) == 0 {
		return 0
	}
	return r.Sequences[len(r.Sequences)-1]
}

// whole tells a run that replaces what it has at rest.
func (r *Run) whole() bool { return r.FirstEventID == 1 }

func eventCount(batches []*recordpb.Batch) (n int64) {
	for _, b := range batches {
		n += int64(len(b.GetEvents()))
	}
	return n
}
