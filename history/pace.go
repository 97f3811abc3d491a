package history

import "time"

const (
	// promptAck is how soon a frame is acknowledged at best where storing it waits for no disk
	// and no other server.
	promptAck = 100 * time.Microsecond
	// paceWindow is of how many frames the promptest is looked at.
	paceWindow = 64
)

// pace decides how many frames are in flight. Where acknowledgements come promptly it is one: what
// comes meanwhile shares the next, and frames cost more than they save. Where each is synced, or replicated, the
// next need not wait for it. (docs/adr/0008 has the measurements.)
type pace struct {
	best, bestNow time.Duration
	acks          int
}

// acknowledged notes how long a frame has taken.
func (p *pace) acknowledged(took time.Duration) {
	if p.acks == 0 || took < p.bestNow {
		p.bestNow = took
	}
	if p.acks++; p.acks == paceWindow {
		p.best, p.acks = p.bestNow, 0
	}
}

// inFlight is how many frames may be in flight, of so many at most.
func (p *pace) inFlight(most int) int {
	if p.best < promptAck {
		return 1
	}
	return most
}

// enoughInFlight tells that the next frame has to wait for an acknowledgement.
func (l *loop) enoughInFlight() bool { return len(l.flight) >= l.pace.inFlight(l.config.InFlight) }
