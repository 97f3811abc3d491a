package coroutine

import (
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
)

// Dispatcher owns the coroutines of one workflow. The zero value is ready.
type Dispatcher struct {
	// Pool is where the coroutines' goroutines come from; nil: each has a new one.
	Pool *Pool

	live     []*Coroutine // in order of their turns
	first    []*Coroutine // added by GoFirst, and not in their place yet
	finished bool         // some live coroutine is done and has to be swept
	checking bool         // a condition is being asked
	aborted  bool
	closing  bool

	// What a watchdog looks at from another goroutine while Run runs.
	current atomic.Pointer[Coroutine]
	visits  atomic.Uint64
	stopped atomic.Bool
}

// Panic is a panic of a coroutine, or of a condition that it waits for.
type Panic struct {
	Coroutine string
	Value     any
	Stack     string
}

// Error implements error.
func (p *Panic) Error() string {
	return fmt.Sprintf("coroutine %s panicked: %v", p.Coroutine, p.Value)
}

// Go adds a coroutine. It starts when its turn comes, after all that were there before.
func (d *Dispatcher) Go(name string, fn func()) {
	d.live = append(d.live, &Coroutine{name: name, fn: fn})
}

// GoFirst adds a coroutine that gets its turn before those that are there: between two runs before all, else right behind the
// running one. Several get theirs in the order in which they were added.
func (d *Dispatcher) GoFirst(name string, fn func()) {
	d.first = append(d.first, &Coroutine{name: name, fn: fn})
}

// place gives those that GoFirst has added their place among the others, and tells whether there were any.
func (d *Dispatcher) place(at int) bool {
	if len(d.first) == 0 {
		return false
	}
	d.live, d.first = slices.Insert(d.live, at, d.first...), nil
	return true
}

// Run resumes coroutines until all are parked or done, or [Dispatcher.Abort] was called. A panic is
// returned as a [*Panic]; the dispatcher is then good for nothing but Close.
func (d *Dispatcher) Run() error {
	for progress := true; progress; {
		progress = false
		d.place(0)
		// A coroutine that is added in this round still gets its turn in it.
		for i := 0; i < len(d.live); i++ {
			moved, err := d.visit(d.live[i])
			if err != nil {
				return err
			}
			if d.aborted || d.stopped.Load() {
				return nil
			}
			progress = d.place(i+1) || progress || moved
		}
		d.sweep()
	}
	return nil
}

// visit gives a coroutine its turn and tells whether it moved.
func (d *Dispatcher) visit(c *Coroutine) (moved bool, err error) {
	if c.done {
		return false, nil
	}
	d.visits.Add(1)
	d.current.Store(c)
	defer d.current.Store(nil) // runs on a Goexit of the workflow's code, too
	if c.ready != nil {
		ready, err := d.check(c)
		if !ready || err != nil {
			return false, err
		}
	}
	c.ready, c.reason = nil, ""
	if c.strand == nil {
		c.strand = d.Pool.take()
		c.strand.job = c
	}
	c.strand.resume()
	if c.done {
		d.finished = true
		d.Pool.give(c.strand)
		c.strand = nil
	}
	if c.panicked != nil {
		return true, c.panicked
	}
	return true, nil
}

func (d *Dispatcher) sweep() {
	if d.finished {
		d.live = slices.DeleteFunc(d.live, func(c *Coroutine) bool { return c.done })
		d.finished = false
	}
}

// check asks the condition, which may be the workflow's own code.
func (d *Dispatcher) check(c *Coroutine) (ready bool, err error) {
	d.checking = true
	defer func() {
		d.checking = false
		if v := recover(); v != nil {
			err = &Panic{Coroutine: c.name, Value: v, Stack: panicStack()}
		}
	}()
	return c.ready(), nil
}

// Park blocks the running coroutine until ready, which is called at each of its turns, returns true.
// The reason is for stack traces. On Close it does not return: deferred functions are run.
func (d *Dispatcher) Park(reason string, ready func() bool) {
	if d.closing {
		runtime.Goexit()
	}
	c := d.current.Load()
	if c == nil || d.checking {
		panic(fmt.Sprintf("blocked on %s outside a workflow coroutine: block only in code that the workflow runs, and start coroutines with workflow.Go, never with the go statement", reason))
	}
	c.reason, c.ready = reason, ready
	if !c.strand.yield(struct{}{}) {
		runtime.Goexit()
	}
}

// Abort makes Run return as soon as the running coroutine parks, and parks it for good.
func (d *Dispatcher) Abort() {
	d.aborted = true
	d.Park("the end of a failed workflow task", func() bool { return false })
}

// Closing tells whether the coroutines are being unwound.
func (d *Dispatcher) Closing() bool { return d.closing }

// Idle tells whether no coroutine is left.
func (d *Dispatcher) Idle() bool { return len(d.live) == 0 && len(d.first) == 0 }

// Visits grows with every turn given; a watchdog sees by it whether one turn lasts. It may be called
// while Run runs.
func (d *Dispatcher) Visits() uint64 { return d.visits.Load() }

// Stop makes Run return after the present turn. It may be called while Run runs.
func (d *Dispatcher) Stop() { d.stopped.Store(true) }

// Close unwinds every coroutine, in order of their turns. Their deferred functions run; no goroutine is
// left. Closing twice is safe.
func (d *Dispatcher) Close() {
	d.closing = true
	for _, c := range d.live {
		if c.strand != nil && !c.done {
			c.unwind()
		}
	}
	d.live, d.first = nil, nil
}

// Coroutine is one thread of workflow code.
type Coroutine struct {
	name      string
	fn        func()
	strand    *strand                // from its first turn to its end
	goroutine atomic.Pointer[string] // its header in stack dumps
	reason    string
	ready     func() bool // nil when it can run
	done      bool
	panicked  *Panic
}

// unwind ends a parked coroutine, and its goroutine, by Goexit, which no recover in the workflow's code can
// stop. iter.Pull passes it on to the caller of stop, hence the goroutine here.
func (c *Coroutine) unwind() {
	unwound := make(chan struct{})
	go func() {
		defer close(unwound)
		c.strand.stop()
	}()
	<-unwound
	c.done = true
}
