package visibility

import (
	"fmt"
	"maps"
	"math"
	"slices"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/recordpb"
	"github.com/perdure/perdure/history/rest"
	"github.com/perdure/perdure/visibility/index"
)

// batchRows is when a batch is written at the latest.
const batchRows = 4000

// batch gathers what is written to the index at once: of each run a row, a change or its end.
type batch struct {
	rows    map[string]*index.Execution
	changes map[string]*index.Change
	deleted map[string]struct{}
	// only, where it is not nil, are the runs that began in what was read: of others no change is taken. Those that
	// begin are added.
	only map[string]struct{}
	// gone, where it is not nil, gathers the runs that were deleted.
	gone map[string]struct{}
}

func newBatch() *batch {
	return &batch{rows: map[string]*index.Execution{}, changes: map[string]*index.Change{}, deleted: map[string]struct{}{}}
}

func (b *batch) size() int { return len(b.rows) + len(b.changes) + len(b.deleted) }

// clear empties the batch, which is written.
func (b *batch) clear() {
	clear(b.rows)
	clear(b.changes)
	clear(b.deleted)
}

// content is the batch as the index takes it.
func (b *batch) content() index.Batch {
	var content index.Batch
	for _, row := range b.rows {
		content.Put = append(content.Put, row)
	}
	for _, change := range b.changes {
		content.Changes = append(content.Changes, *change)
	}
	for run := range b.deleted {
		content.Delete = append(content.Delete, run)
	}
	return content
}

// frame adds what a frame of a log says. The sequence is the frame's.
func (b *batch) frame(sequence uint64, frame []byte) error {
	return walk(frame, func(p *runPart) error {
		run := string(p.runID)
		if p.deleted {
			b.delete(run)
			return nil
		}
		workflowID := string(p.workflowID)
		if p.pauses { // before the event that may close the run
			b.pauses(workflowID, run, sequence, p.pauseInfo)
		}
		for _, e := range p.events {
			if err := b.read(e, workflowID, run, sequence); err != nil {
				return err
			}
		}
		if p.builds != nil {
			builds := &recordpb.Builds{}
			if err := proto.Unmarshal(p.builds, builds); err != nil {
				return fmt.Errorf("builds of run %s: %w", run, err)
			}
			b.builds(run, sequence, builds)
		}
		b.counts(run, p.size, p.transitions)
		return nil
	})
}

// builds are those of the workers of a run.
func (b *batch) builds(run string, sequence uint64, builds *recordpb.Builds) {
	if attributes := api.BuildAttributes(builds.GetBuildIds(), builds.GetBinaryChecksums()); attributes != nil {
		b.change(&index.Change{RunID: run, Sequence: sequence, SearchAttributes: attributes.IndexedFields})
	}
}

// counts are told with the record that closes a run.
func (b *batch) counts(run string, size, transitions int64) {
	if size == 0 && transitions == 0 {
		return
	}
	if row := b.rows[run]; row != nil {
		row.HistorySize, row.StateTransitions = size, transitions
	} else if change := b.changes[run]; change != nil {
		change.HistorySize, change.StateTransitions = size, transitions
	}
}

// pauses says what of a run is paused from here on.
func (b *batch) pauses(workflowID, run string, sequence uint64, entries []string) {
	status := enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING
	if slices.Contains(entries, api.PausedWorkflow(workflowID)) {
		status = enumspb.WORKFLOW_EXECUTION_STATUS_PAUSED
	}
	attributes := removing(api.PauseInfoAttribute(entries).GetIndexedFields())
	b.change(&index.Change{RunID: run, Sequence: sequence, Status: status, SearchAttributes: attributes})
}

// final is the sequence of a row that nothing changes any more.
const final = math.MaxInt64

// open adds a write of a run to OPEN: the whole run, or what was new of it.
func (b *batch) open(w rest.Written) error {
	r := w.Rest
	_, err := b.rest(r, r.LogSequence)
	if err == nil && r.State != nil && (len(r.State.PauseInfo) > 0 || r.FirstEventId > 1) { // where it is a run's first, none is nothing new
		b.pauses(r.WorkflowId, r.RunId, r.LogSequence, r.State.PauseInfo)
	}
	return err
}

// closed adds a run of HISTORY.
func (b *batch) closed(w rest.Written) error {
	size, err := b.rest(w.Rest, final)
	if err == nil {
		b.counts(w.Rest.RunId, size, w.Rest.GetState().GetStateTransitions())
	}
	return err
}

// rest adds the events of a run at rest, and tells their bytes.
func (b *batch) rest(r *recordpb.Rest, sequence uint64) (size int64, err error) {
	for _, events := range r.Batches {
		for _, encoded := range events.GetEvents() {
			size += int64(len(encoded))
			e, err := peek(encoded)
			if err != nil {
				return size, err
			}
			if !concerns(e.kind) {
				continue
			}
			if err := b.read(e, r.WorkflowId, r.RunId, sequence); err != nil {
				return size, err
			}
		}
	}
	b.builds(r.RunId, sequence, r.GetState().GetBuilds())
	return size, nil
}

// begin adds a row.
func (b *batch) begin(row *index.Execution) {
	if b.only != nil {
		b.only[row.RunID] = struct{}{}
	}
	if there := b.rows[row.RunID]; there != nil && there.Sequence > row.Sequence {
		return
	}
	b.rows[row.RunID] = row
	delete(b.changes, row.RunID)
}

// change adds to the run's row, if that is in the batch, or to what else has changed of it.
func (b *batch) change(c *index.Change) {
	if row := b.rows[c.RunID]; row != nil {
		apply(row, c)
		return
	}
	if _, began := b.only[c.RunID]; b.only != nil && !began {
		return
	}
	there := b.changes[c.RunID]
	if there == nil {
		b.changes[c.RunID] = c
		return
	}
	there.Sequence = c.Sequence
	if c.Status != 0 {
		there.Status, there.Close, there.HistoryLength = c.Status, c.Close, c.HistoryLength
	}
	there.SearchAttributes = both(there.SearchAttributes, c.SearchAttributes)
	if fields := both(there.Memo.GetFields(), c.Memo.GetFields()); len(fields) > 0 {
		there.Memo = &commonpb.Memo{Fields: fields}
	}
}

// both are two sets of fields, the later one counting; those that remove a field stay.
func both(earlier, later map[string]*commonpb.Payload) map[string]*commonpb.Payload {
	if len(earlier) == 0 {
		return later
	}
	if len(later) == 0 {
		return earlier
	}
	all := maps.Clone(earlier)
	maps.Copy(all, later)
	return all
}

// apply makes a change of a row that was not written yet. Its events come in their order.
func apply(row *index.Execution, c *index.Change) {
	row.Sequence = max(row.Sequence, c.Sequence)
	if c.Status != 0 {
		row.Status, row.Close, row.HistoryLength = c.Status, c.Close, c.HistoryLength
	}
	row.SearchAttributes = api.MergedFields(row.SearchAttributes, c.SearchAttributes)
	if fields := api.MergedFields(row.Memo.GetFields(), c.Memo.GetFields()); len(fields) > 0 {
		row.Memo = &commonpb.Memo{Fields: fields}
	} else {
		row.Memo = nil
	}
}

func (b *batch) delete(run string) {
	delete(b.rows, run)
	delete(b.changes, run)
	b.deleted[run] = struct{}{}
	if b.gone != nil {
		b.gone[run] = struct{}{}
	}
}
