package history

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/perdure/perdure/api/recordpb"
	"github.com/perdure/perdure/history/log"
	"github.com/perdure/perdure/history/machine"
	"github.com/perdure/perdure/history/rest"
	"github.com/perdure/perdure/history/stream"
)

// recover makes the state that the log and the index tell, and takes the log over: only
// then is it surely what the log says.
func (sh *shard) recover(ctx context.Context) (*loop, error) {
	if err := sh.openLog(ctx); err != nil {
		return nil, err
	}
	for {
		before := sh.extent(ctx)
		l, tail, err := sh.replay(ctx)
		if errors.Is(err, log.ErrConflict) || fatal(err) && sh.extent(ctx) != before {
			continue // another owner writes and cuts: what is missing may be what it has cut off
		}
		if err != nil {
			return nil, fmt.Errorf("recovering shard %s: %w", sh.name(), err)
		}
		sh.tellTaker(tail.Owner)
		writer, err := sh.log.TakeOver(ctx, sh.config.Owner, tail.Last, tail.Epoch+1)
		if errors.Is(err, log.ErrConflict) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("recovering shard %s: %w", sh.name(), err)
		}
		if s := tail.Skipped; s.Foreign+s.Stale > 0 {
			sh.logger.Warn().Int("foreign", s.Foreign).Int("stale", s.Stale).Msg("messages in the log that are not of its owners were passed over")
		}
		l.writer, l.acked = writer, writer.Begin()
		l.position.Store(l.acked)
		l.resume()
		l.buildFilter()
		return l, nil
	}
}

// extent is where the log begins and ends; zero when nobody answers.
func (sh *shard) extent(ctx context.Context) [2]uint64 {
	state, _ := sh.log.State(ctx) // what is wrong with it is what the reading says
	return [2]uint64{state.First, state.Last}
}

// replay reads the log twice: for the latest whole index, and for the records behind its beginning.
func (sh *shard) replay(ctx context.Context) (*loop, log.Tail, error) {
	reader := indexReader{latest: map[string]uint64{}}
	before, err := sh.log.Read(ctx, 0, 0, reader.frame)
	if err != nil {
		return nil, log.Tail{}, sh.unlessMoved(ctx, before, err)
	}
	// Only what an index stands for is ever cut off.
	if before.First > 1 && reader.begin < before.First {
		return nil, log.Tail{}, fmt.Errorf("stream %s: %w: it begins at %d, and the index in it needs what is from %d on: somebody has purged it; restore it from a backup",
			sh.logConfig.Stream, stream.ErrLost, before.First, reader.begin)
	}
	brought, err := sh.bringAll(ctx, reader.behind())
	if err != nil {
		return nil, log.Tail{}, sh.unlessMoved(ctx, before, err)
	}
	l := newLoop(ctx, sh)
	rp := replayer{
		loop: l, ctx: ctx, rests: map[string]*resting{}, brought: brought, archived: map[string]string{},
		begin: reader.begin, indexed: reader.through,
	}
	for _, entry := range reader.entries {
		rp.index(entry)
	}
	l.check.begun = reader.begin
	tail, err := sh.log.Read(ctx, 0, 0, rp.frame)
	if err != nil {
		return nil, tail, sh.unlessMoved(ctx, tail, err)
	}
	if tail.First != before.First {
		return nil, tail, fmt.Errorf("%w: another owner has cut it meanwhile", log.ErrConflict)
	}
	for runID, id := range rp.archived {
		if e := l.active[id]; e == nil || e.findRun(runID) == nil {
			l.rest.removals = append(l.rest.removals, removal{workflowID: id, runID: runID, whole: true})
		}
	}
	return l, tail, nil
}

// unlessMoved is the error of a reading of log and rest, or log.ErrConflict where something was not there
// and another owner has written since: it has cut and removed what it no longer needs.
func (sh *shard) unlessMoved(ctx context.Context, read log.Tail, err error) error {
	if !errors.Is(err, stream.ErrLost) && !errors.Is(err, rest.ErrGone) {
		return err
	}
	now, stateErr := sh.log.State(ctx)
	if stateErr != nil && !errors.Is(stateErr, stream.ErrLost) {
		return err
	}
	if now.First == read.First && now.Last == read.Last {
		return err
	}
	return fmt.Errorf("%w: another owner has written meanwhile: %w", log.ErrConflict, err)
}

// indexReader finds the latest index of which all chunks are there, and the runs of it that have
// records behind their rest.
type indexReader struct {
	begin, through uint64
	entries        []*recordpb.IndexEntry
	// latest is the sequence of each run's latest record, by run id.
	latest map[string]uint64

	partBegin uint64
	chunks    uint32
	part      []*recordpb.IndexEntry
}

func (r *indexReader) frame(sequence uint64, frame *recordpb.Frame) error {
	for _, record := range frame.GetRecords().GetRecords() {
		for _, part := range record.Runs {
			r.latest[part.RunId] = sequence
		}
	}
	chunk := frame.GetIndex()
	if chunk == nil {
		return nil
	}
	if chunk.Chunk == 1 {
		r.partBegin, r.chunks, r.part = chunk.BeginSequence, 0, nil
	}
	if chunk.BeginSequence != r.partBegin || chunk.Chunk != r.chunks+1 {
		r.chunks = 0 // of a checkpoint that was given up
		return nil
	}
	r.chunks++
	r.part = append(r.part, chunk.Entries...)
	if chunk.Chunk == chunk.Chunks {
		r.begin, r.through, r.entries = r.partBegin, sequence, r.part
		r.part = nil
	}
	return nil
}

// behind are the entries of the runs that have records behind their rest.
func (r *indexReader) behind() []*recordpb.IndexEntry {
	var behind []*recordpb.IndexEntry
	for _, entry := range r.entries {
		if r.latest[entry.RunId] > entry.LogSequence {
			behind = append(behind, entry)
		}
	}
	return behind
}

// bringsAtOnce is how many runs a recovery reads back from OPEN at a time.
const bringsAtOnce = 32

// bringAll reads runs back from OPEN: by their ids.
func (sh *shard) bringAll(ctx context.Context, entries []*recordpb.IndexEntry) (map[string]*machine.Run, error) {
	runs := make([]*machine.Run, len(entries))
	err := atOnce(ctx, bringsAtOnce, len(entries), func(ctx context.Context, n int) (err error) {
		runs[n], err = sh.bring(ctx, entries[n].WorkflowId, entries[n].RunId, entries[n].RestSequences)
		return err
	})
	if err != nil {
		return nil, err
	}
	brought := make(map[string]*machine.Run, len(runs))
	for n, run := range runs {
		brought[entries[n].RunId] = run
	}
	return brought, nil
}

// bring reads an open run back from OPEN.
func (sh *shard) bring(ctx context.Context, id, runID string, sequences []uint64) (*machine.Run, error) {
	stored, err := sh.store.ReadOpen(ctx, id, runID, sequences)
	if err != nil {
		return nil, err
	}
	run, err := machine.Restore(stored.State, stored.Batches)
	if err != nil {
		return nil, fmt.Errorf("run %s of workflow %q: %w: %w", runID, id, rest.ErrCorrupt, err)
	}
	return run, nil
}

// replayer applies the records of the log to a loop that does not serve yet.
type replayer struct {
	loop *loop
	ctx  context.Context
	// rests are the index's entries by run id.
	rests map[string]*resting
	// brought are runs by their ids that were read back already, to apply the records behind their rest.
	brought map[string]*machine.Run
	// archived are the workflow ids of runs, by run id, that were in HISTORY when the index was written:
	// OPEN may still have messages of theirs.
	archived map[string]string
	// Records before begin are in the index, which was written up to indexed.
	begin, indexed uint64
	// last is the sequence of the frame before: this one's first part is behind it.
	last uint64
}

func (rp *replayer) index(entry *recordpb.IndexEntry) {
	r := &resting{runID: entry.RunId, sequences: entry.RestSequences, logSequence: entry.LogSequence, owes: entry.Owes}
	r.due.workflowID = entry.WorkflowId
	rp.rests[entry.RunId] = r
	l := rp.loop
	if earlier := l.index[entry.WorkflowId]; earlier != nil {
		l.due.set(&earlier.due, 0)
	}
	l.index[entry.WorkflowId] = r
	l.due.set(&r.due, entry.DueTime)
}

func (rp *replayer) frame(sequence uint64, frame *recordpb.Frame) error {
	first := rp.last + 1
	rp.last = sequence
	if sequence < rp.begin {
		for _, record := range frame.GetRecords().GetRecords() {
			rp.passOver(record)
		}
		return nil
	}
	rp.loop.check.logBytes += uint64(frameOverhead + indexEntryBytes*len(frame.GetIndex().GetEntries()))
	for _, record := range frame.GetRecords().GetRecords() {
		rp.loop.check.logBytes += uint64(recordSize(record))
		for _, part := range record.Runs {
			if err := rp.part(first, sequence, record, part); err != nil {
				return fmt.Errorf("frame %d: %w", sequence, err)
			}
		}
	}
	rp.mark(sequence)
	return nil
}

// mark notes how far the log is, so that what is much of it behind a record makes that old as it did before.
func (rp *replayer) mark(sequence uint64) {
	l := rp.loop
	if written := l.check.written(); l.rest.age.grown(written) >= l.config.RestBytes/16 {
		l.rest.age.pass(logMark{sequence, time.Now(), written}, l.config.RestBusy, l.config.RestBytes)
	}
}

func (rp *replayer) part(first, sequence uint64, record *recordpb.Record, part *recordpb.RunRecord) error {
	l := rp.loop
	if part.Deleted {
		defer rp.deleted(record.WorkflowId, part.RunId, max(first, rp.begin))
	}
	if machine.DeletesClosed(part) {
		return nil
	}
	at := rp.rests[part.RunId]
	if at != nil && sequence <= at.logSequence {
		return nil
	}
	e := l.active[record.WorkflowId]
	known := machine.Begins(part) || e != nil && e.Run != nil && e.Run.RunID() == part.RunId
	if !known && at == nil && sequence <= rp.indexed {
		rp.archived[part.RunId] = record.WorkflowId
		return nil
	}
	if e == nil {
		e = l.enter(record.WorkflowId)
	}
	if !known && at != nil {
		if err := rp.bring(e, at); err != nil {
			return err
		}
	}
	before := latest(e)
	if err := machine.EvolveRun(&e.Workflow, part, record.Time); err != nil {
		return fmt.Errorf("%w: %w", errUnfit, err)
	}
	e.doubtful = true
	l.record(e, before, max(first, rp.begin))
	return nil
}

// deleted has a run that was deleted removed, once more perhaps.
func (rp *replayer) deleted(id, runID string, sequence uint64) {
	l := rp.loop
	e := l.active[id]
	if e == nil {
		e = l.enter(id)
	}
	e.forgetDeleted(runID)
	l.rest.delete(e, runID, sequence)
}

// passOver notes which runs a record that is in the index is of.
func (rp *replayer) passOver(record *recordpb.Record) {
	for _, part := range record.Runs {
		if rp.rests[part.RunId] == nil {
			rp.archived[part.RunId] = record.WorkflowId
		}
	}
}

// bring puts a run in its entry as it is in OPEN, to apply the records behind its rest.
func (rp *replayer) bring(e *entry, at *resting) error {
	run := rp.brought[at.runID]
	if run == nil { // its record came into the log meanwhile
		var err error
		if run, err = rp.loop.bring(rp.ctx, e.ID, at.runID, at.sequences); err != nil {
			return err
		}
	}
	delete(rp.brought, at.runID)
	e.Run, e.Last, e.rested, e.restedEvent = run, nil, at, run.LastEventID()
	if rp.loop.index[e.ID] == at {
		rp.loop.due.set(&at.due, 0)
		delete(rp.loop.index, e.ID)
	}
	return nil
}

// resume queues and calls what is owed, and sets the times of what is due.
func (l *loop) resume() {
	now := time.Now()
	for _, e := range l.active {
		if l.index[e.ID] != nil {
			// The open run, of which nothing is behind its rest: the log has only closed ones before it.
			e.Run, e.Last = nil, nil
		}
		l.callAnew(e)
		if e.Run == nil {
			continue
		}
		e.Run.Owed()
		for _, task := range e.Run.Outstanding(now) {
			task.Epoch = l.writer.Epoch()
			l.later(release{task: task})
		}
		l.arm(e)
	}
	for id, r := range l.index {
		if r.owes {
			l.owing = append(l.owing, id)
		}
	}
	l.loadOwing()
	l.removeDeleted()
}
