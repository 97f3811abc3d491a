// Package crew keeps goroutines that serve requests for the next one. A new goroutine first
// grows its small stack, copying it each time, on the way into protobuf and JSON: that was measured to be
// 3 to 9 % of the CPU of a server and of a worker (bench, W2).
package crew

// Crew are goroutines that do jobs: as many at a time as there are. Its methods may
// be called from any goroutine. A nil crew has a new goroutine do each job.
type Crew struct{ idle *Idle[member] }

// member is where an idle goroutine gets its next job.
type member chan func()

// New makes a crew of which up to idle members wait for the next job. Close it.
//
// The one that had a job last is the first to get one: the garbage collector halves the
// stacks of goroutines that wait, so that those whose turn comes seldom would have to grow again each time.
func New(idle int) *Crew { return &Crew{NewIdle[member](idle)} }

// Do has a member that waits, or else a new one, do a job. It does not wait for it.
func (c *Crew) Do(job func()) {
	if c == nil {
		go job()
		return
	}
	if m, ok := c.idle.Take(); ok {
		m <- job
		return
	}
	go c.work(job)
}

// Close ends the members that wait, and each other when its job is done. It does not wait
// for them. Jobs that come later are still done. Twice is safe.
func (c *Crew) Close() {
	for _, m := range c.idle.Close() {
		close(m)
	}
}

func (c *Crew) work(job func()) {
	m := make(member, 1)
	for ok := true; ok; {
		job()
		if !c.idle.Keep(m) {
			return
		}
		job, ok = <-m
	}
}
