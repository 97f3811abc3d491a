// Package crew keeps goroutines that serve requests for the next one. A new goroutine first
// grows its small stack, copying it each time, on the way into protobuf and JSON: that was measured to be
// 3 to 9 % of the CPU of a server and of a worker (bench, W2).
package crew

import "sync"

// Crew are goroutines that do jobs: as many at a time as there are. Its methods may
// be called from any goroutine.
type Crew struct {
	jobs   chan func()
	seats  chan struct{} // one is taken by each member that waits
	closed chan struct{}
	once   sync.Once
}

// New makes a crew of which up to idle members wait for the next job.
func New(idle int) *Crew {
	return &Crew{jobs: make(chan func()), seats: make(chan struct{}, idle), closed: make(chan struct{})}
}

// Do has a member that waits, or else a new one, do a job. It does not wait for it.
func (c *Crew) Do(job func()) {
	select {
	case c.jobs <- job:
	default:
		go c.work(job)
	}
}

// Close ends the members that wait, and each other when its job is done. It does not wait
// for them. Jobs that come later are still done. Twice is safe.
func (c *Crew) Close() { c.once.Do(func() { close(c.closed) }) }

func (c *Crew) work(job func()) {
	for {
		job()
		select {
		case c.seats <- struct{}{}:
		default:
			return // enough wait
		}
		select {
		case job = <-c.jobs:
			<-c.seats
		case <-c.closed:
			<-c.seats
			return
		}
	}
}
