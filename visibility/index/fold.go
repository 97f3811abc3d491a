package index

// pending is what a batch says of a run that it has a whole row of.
type pending struct {
	// rows are mostly one.
	rows    []*Execution
	changes []Change
}

// fold gathers what a batch says of each of its rows, in the order of the batch, and leaves the changes of other runs.
func fold(batch Batch) (rows []*pending, others []Change) {
	byRun := make(map[string]*pending, len(batch.Put))
	for _, row := range batch.Put {
		known := byRun[row.RunID]
		if known == nil {
			known = &pending{}
			byRun[row.RunID] = known
			rows = append(rows, known)
		}
		known.rows = append(known.rows, row)
	}
	for _, change := range batch.Changes {
		if known := byRun[change.RunID]; known != nil {
			known.changes = append(known.changes, change)
		} else {
			others = append(others, change)
		}
	}
	return rows, others
}

// whole is the row after the batch, if the run had none before: a run that starts and ends within a batch is written once.
func (p *pending) whole() *Execution {
	row := p.rows[0]
	for _, next := range p.rows[1:] {
		if replaces(next, row.Sequence, !row.Close.IsZero()) {
			row = replacement(next, row.Sequence)
		}
	}
	return changed(row, p.changes)
}

// replaces tells whether a row is to be written over one that there is. A closed run never opens again.
func replaces(row *Execution, sequence uint64, closed bool) bool {
	if rowClosed := !row.Close.IsZero(); rowClosed != closed {
		return rowClosed
	}
	return row.Sequence > sequence
}

// replacement is the row with all the records that are known of its run: a closed row knows them all.
func replacement(row *Execution, sequence uint64) *Execution {
	if row.Sequence >= sequence {
		return row
	}
	newer := *row
	newer.Sequence = sequence
	return &newer
}

// changed is a row after changes.
func changed(row *Execution, changes []Change) *Execution {
	if len(changes) == 0 {
		return row
	}
	after := *row
	for _, change := range changes {
		after.change(change)
	}
	return &after
}

func (e *Execution) change(c Change) {
	if c.Sequence <= e.Sequence {
		return
	}
	e.Sequence = c.Sequence
	if c.Status != 0 {
		e.Status = c.Status
	}
	if !c.Close.IsZero() {
		e.Close = c.Close
	}
	for _, count := range []struct {
		to    *int64
		value int64
	}{{&e.HistoryLength, c.HistoryLength}, {&e.HistorySize, c.HistorySize}, {&e.StateTransitions, c.StateTransitions}} {
		if count.value != 0 {
			*count.to = count.value
		}
	}
	if len(c.SearchAttributes) > 0 {
		e.SearchAttributes = merge(e.SearchAttributes, c.SearchAttributes)
	}
	if fields := c.Memo.GetFields(); len(fields) > 0 {
		e.Memo = memoOf(merge(e.Memo.GetFields(), fields))
	}
}
