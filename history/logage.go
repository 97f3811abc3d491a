package history

import (
	"slices"
	"time"
)

// logAge tells which records of the log are old: by time, or by how much of the log is behind them. It
// keeps a few marks of the log, so that nothing need be noted of a record but its sequence.
type logAge struct {
	// marks are places of the log that are not old yet, in order.
	marks []logMark
	// old is the last sequence that is.
	old uint64
}

// logMark is where the log ended at a time.
type logMark struct {
	sequence uint64
	at       time.Time
	// written is how many bytes had been written by then, counted from anywhere.
	written uint64
}

// pass adds a mark, which is behind all others; age and bytes are what makes one old.
func (a *logAge) pass(end logMark, age time.Duration, bytes uint64) {
	n := 0
	for n < len(a.marks) && (end.at.Sub(a.marks[n].at) >= age || end.written-a.marks[n].written >= bytes) {
		a.old = a.marks[n].sequence
		n++
	}
	a.marks = append(slices.Delete(a.marks, 0, n), end)
}

// grown is how many bytes were written since the last mark.
func (a *logAge) grown(written uint64) uint64 {
	if len(a.marks) == 0 {
		return written
	}
	return written - a.marks[len(a.marks)-1].written
}
