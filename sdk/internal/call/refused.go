package call

import (
	"time"

	"github.com/perdure/perdure/internal/rpc"
)

// firstLook is how long a request waits before it looks whether NATS has refused it: much longer than
// an answer takes as a rule. It looks again after twice the time, and so on.
const firstLook = 50 * time.Millisecond

// deaf is that NATS refuses the subscription to answers: it is not asked again before the connection is made anew.
type deaf struct {
	err   error
	until <-chan struct{} // what the requests of the connection as it was have for lost
}

// refused is why NATS refuses a request that got no answer so far, or its answer; nil if it is not known to.
// NATS reports that to the connection, whose handler may be the application's: but its last error
// can be read. When another has taken its place, the next look at the next sending sees it.
func (m *mux) refused(s *slot, lost <-chan struct{}, subject string) error {
	last := m.conn.LastError()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.known = last
	if m.deaf.err != nil && m.deaf.until == lost {
		return m.deaf.err
	}
	switch refused, err := rpc.Refused(last, m.prefix); refused {
	case m.prefix + "*":
		m.deaf = deaf{err, lost}
		return err
	case subject:
		if last != s.known { //nolint:errorlint // whether it is the very report that was there before
			return err
		}
	}
	return nil
}
