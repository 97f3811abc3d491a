package history

import (
	"context"
	"time"

	"github.com/perdure/perdure/api/recordpb"
)

const (
	// indexChunk is how many entries one frame of the index has.
	indexChunk = 2000
	// indexEntryBytes is about what an entry of the index takes in the log.
	indexEntryBytes = 120
	cutTimeout      = 30 * time.Second
	// cutPause follows a cut that failed, so that the index is not written at every tick.
	cutPause = 30 * time.Second
)

// checkpoint is the writing of the index of open runs, and the cut of the log
// behind it.
type checkpoint struct {
	// logBytes is about how many bytes the log has, and cutOff how many it had before.
	logBytes, cutOff uint64
	// begun is where the last checkpoint began.
	begun uint64

	writing bool
	begin   uint64
	ids     []string
	chunk   int
	chunks  int
	// removals may be carried out when the index is durable.
	removals []removal
	// notBefore is when a cut that failed is tried again.
	notBefore time.Time
}

// written is about how many bytes the log was ever given, counted from anywhere.
func (c *checkpoint) written() uint64 { return c.logBytes + c.cutOff }

type cutDone struct {
	begin uint64
	bytes uint64
	err   error
}

// checkpoint begins one when the log has outgrown what its runs are worth.
func (l *loop) checkpoint() {
	limit := max(l.config.CutBytes, 4*indexEntryBytes*uint64(len(l.index)))
	if l.check.writing || l.check.logBytes < limit || time.Now().Before(l.check.notBefore) {
		return
	}
	begin := l.oldestNeeded()
	if begin <= l.check.begun {
		return
	}
	c := &l.check
	c.writing, c.begin, c.chunk = true, begin, 0
	c.ids = c.ids[:0]
	for id := range l.index {
		c.ids = append(c.ids, id)
	}
	for id, e := range l.active {
		if l.index[id] == nil && e.hasRest() {
			c.ids = append(c.ids, id)
		}
	}
	c.chunks = max(1, (len(c.ids)+indexChunk-1)/indexChunk)
	c.removals, l.rest.removals = l.rest.removals, nil
}

// hasRest tells whether something of the entry is in OPEN.
func (e *entry) hasRest() bool {
	if e.rested != nil {
		return true
	}
	for _, c := range e.closed {
		if c.rested != nil {
			return true
		}
	}
	return false
}

// oldestNeeded is the first sequence that a recovery needs beside the index.
func (l *loop) oldestNeeded() uint64 {
	oldest := l.acked + 1
	for _, e := range l.active {
		if e.unrested != 0 {
			oldest = min(oldest, e.unrested)
		}
		for _, c := range e.closed {
			oldest = min(oldest, c.unrested)
		}
	}
	for _, d := range l.rest.deletions {
		oldest = min(oldest, d.sequence)
	}
	return oldest
}

// nextChunk makes the next chunk of the index the frame to hand over, when
// there is nothing else.
func (l *loop) nextChunk() {
	c := &l.check
	if !c.writing || c.chunk == c.chunks || !l.frame.empty() || l.enoughInFlight() {
		return
	}
	from := c.chunk * indexChunk
	ids := c.ids[from:min(from+indexChunk, len(c.ids))]
	c.chunk++
	chunk := &recordpb.IndexChunk{BeginSequence: c.begin, Chunk: uint32(c.chunk), Chunks: uint32(c.chunks)}
	for _, id := range ids {
		chunk.Entries = l.indexEntries(chunk.Entries, id)
	}
	l.frame.index, l.frame.size = chunk, len(chunk.Entries)*indexEntryBytes
}

// indexEntries are those of one workflow id: the open run's last.
func (l *loop) indexEntries(entries []*recordpb.IndexEntry, id string) []*recordpb.IndexEntry {
	e := l.active[id]
	if e != nil {
		for _, c := range e.closed {
			if c.rested != nil {
				entries = append(entries, c.rested.indexEntry(id))
			}
		}
	}
	r := l.index[id]
	switch {
	case r != nil:
		entry := r.indexEntry(id)
		if e != nil && e.loading {
			entry.DueTime = 1 // its own is put aside until it is there
		}
		entries = append(entries, entry)
	case e != nil && e.rested != nil && e.broken != nil:
		entry := e.rested.indexEntry(id)
		entry.Owes, entry.DueTime = true, 1 // whatever is
		entries = append(entries, entry)
	case e != nil && e.rested != nil && e.Run != nil:
		entry := e.rested.indexEntry(id)
		entry.Owes = e.Run.Owes()
		entry.DueTime = e.due.at
		entries = append(entries, entry)
	}
	return entries
}

// chunkWritten removes what the index has made needless, and cuts the log. In this order: of a removal
// that is broken off the next owner learns by the records that are to be cut.
func (l *loop) chunkWritten(f frame) {
	c := &l.check
	if f.index.Chunk != f.index.Chunks {
		return
	}
	begin, through, removals := c.begin, f.last, c.removals
	c.removals = nil
	l.help(func() any {
		l.removeNeedless(removals)
		ctx, cancel := context.WithTimeout(l.ctx, cutTimeout)
		defer cancel()
		if err := l.log.Cut(ctx, begin, through); err != nil {
			return &cutDone{begin: begin, err: err}
		}
		state, err := l.log.State(ctx)
		return &cutDone{begin: begin, bytes: state.Bytes, err: err}
	})
}

func (l *loop) cutDone(d *cutDone) error {
	c := &l.check
	c.writing = false
	if d.err != nil {
		if fatal(d.err) {
			return judged(d.err)
		}
		c.notBefore = time.Now().Add(cutPause)
		l.logger.Warn().Err(d.err).Msg("the log was not cut; it is tried again")
		return nil
	}
	c.begun, c.cutOff, c.logBytes = d.begin, c.written()-d.bytes, d.bytes
	return nil
}

// removePace is the pause between two removals, so that they take no write's place; all
// pauses together are no longer than removePauses, since the cut waits for them.
const (
	removePace   = 2 * time.Millisecond
	removePauses = 10 * time.Second
)

// removeNeedless removes from OPEN what the index that was written does not name. It ends early with the loop.
func (l *loop) removeNeedless(removals []removal) {
	pace := min(removePace, removePauses/time.Duration(max(len(removals), 1)))
	for _, r := range removals {
		var err error
		if r.whole {
			err = l.store.RemoveOpen(l.ctx, r.workflowID, r.runID, r.sequences)
		} else {
			err = l.store.DropOpen(l.ctx, r.sequences)
		}
		if err != nil && l.ctx.Err() == nil {
			l.logger.Warn().Err(err).Str("workflow", r.workflowID).Msg("what is needless in OPEN was not removed; it takes space and does no harm")
		}
		select {
		case <-l.ctx.Done():
			return
		case <-time.After(pace):
		}
	}
}
