package pull

import (
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// reportEvery is the least time between two lines of trouble.
const reportEvery = time.Minute

// Report is the log of several pullers' trouble: one line when there is some, once a minute as long as there
// is, and one when it is over for all of them. It is safe for concurrent use.
type Report struct {
	log zerolog.Logger

	mu      sync.Mutex // guards what follows
	failing int        // pullers in trouble
	last    time.Time  // of the last line of trouble
	logged  bool       // such a line, that is not yet said to be over
}

// NewReport makes a report that goes to a logger.
func NewReport(log zerolog.Logger) *Report { return &Report{log: log} }

// tell takes the trouble of a puller; is it new, the puller says later that it is over.
func (r *Report) tell(isNew bool, now time.Time, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if isNew {
		r.failing++
	}
	if !r.last.IsZero() && now.Sub(r.last) < reportEvery {
		return
	}
	r.last, r.logged = now, true
	r.log.Warn().Err(err).Msg("cannot pull tasks: trying until it works")
}

// over takes that a puller's trouble is over.
func (r *Report) over() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failing--; r.failing == 0 && r.logged {
		r.logged = false
		r.log.Warn().Msg("pulling tasks works now")
	}
}
