package history

import (
	"context"
	"time"

	"github.com/perdure/perdure/api"
)

const (
	// filterMost is how many closed runs HISTORY may have for the filter to be built: the server
	// lists its subjects by pages of 100,000, and goes through all of them for each page.
	filterMost = 250_000
	// filterAgain is by how many ids the filter must have grown, beside having doubled, to
	// be built anew without those that age has removed from HISTORY.
	filterAgain   = 1_000_000
	filterTimeout = 5 * time.Minute
	filterRetry   = time.Minute
)

// closedFilter knows of the shard's workflow ids which have a closed run in HISTORY. It spares
// the start of a workflow of a new id the look there, which was measured to be a twelfth
// of a server's CPU and a round trip (bench, W2).
//
// It is complete, and so may be believed when it says that an id has none: it
// is built after the shard was taken over, from HISTORY's subjects and all ids that
// closed meanwhile. A run that the owner before has closed is either in HISTORY by then, or
// in the log, and so closes here once more, on replay.
type closedFilter struct {
	ids *idSet // nil: not built, and nothing is known
	// late are the tokens that closed while it is being built.
	late     []string
	building bool
	// off says that HISTORY has too much for it to be built.
	off bool
	// built is how many ids it had when it was built, and next when that is tried again.
	built int
	next  time.Time
}

// filterBuilt is what a helper has found in HISTORY; nil ids: there is too much in it.
type filterBuilt struct {
	ids *idSet
	err error
}

// add notes that a run of the id has closed.
func (f *closedFilter) add(id string) {
	token := api.Token(id)
	if f.ids != nil {
		f.ids.add(token)
	}
	if f.building {
		f.late = append(f.late, token)
	}
}

// never is true when surely no run of the id is in HISTORY.
func (f *closedFilter) never(id string) bool {
	return f.ids != nil && !f.ids.has(api.Token(id))
}

// due tells whether it is to be built, for the first time or anew.
func (f *closedFilter) due(now time.Time) bool {
	if f.off || f.building || now.Before(f.next) {
		return false
	}
	return f.ids == nil || f.ids.count > 2*f.built+filterAgain
}

// buildFilter has a helper read HISTORY's subjects, if that is due.
func (l *loop) buildFilter() {
	f := &l.filter
	if !f.due(time.Now()) {
		return
	}
	f.building = true
	for _, c := range l.rest.closed { // those on their way to HISTORY
		f.late = append(f.late, api.Token(c.entry.ID))
	}
	l.help(func() any {
		ctx, cancel := context.WithTimeout(l.ctx, filterTimeout)
		defer cancel()
		ids, err := l.readFilter(ctx)
		return &filterBuilt{ids, err}
	})
}

func (sh *shard) readFilter(ctx context.Context) (*idSet, error) {
	closed, err := sh.store.ClosedCount(ctx)
	if err != nil || closed > filterMost {
		return nil, err
	}
	ids := &idSet{}
	for token, err := range sh.store.ClosedTokens(ctx) {
		if err != nil {
			return nil, err
		}
		if sh.mayServe(token) {
			ids.add(token)
		}
	}
	return ids, nil
}

// mayServe is false for a token whose id is another shard's. A hash does not tell.
func (sh *shard) mayServe(token string) bool {
	id, known := api.ID(token)
	return !known || shardOf(id, sh.shards) == sh.number
}

// filterRead takes the filter into use. One that could not be built is tried again.
func (l *loop) filterRead(read *filterBuilt) {
	f := &l.filter
	late := f.late
	f.building, f.late, f.next = false, nil, time.Now().Add(filterRetry)
	if read.err != nil {
		l.logger.Debug().Err(read.err).Msg("the filter of closed workflows was not built; it is tried again")
		return
	}
	if read.ids == nil {
		f.off = true // what there is, if anything, goes on growing
		return
	}
	for _, token := range late {
		read.ids.add(token)
	}
	f.ids, f.built = read.ids, read.ids.count
}
