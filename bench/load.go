package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// load is a number of clients, each of which runs one workflow after the other.
type load struct {
	caller  caller
	work    *workload
	name    string // unique in the server's life: workflow ids begin with it
	clients sync.WaitGroup
	stopped chan struct{}
	// ends gets a value when a workflow has ended, unless it holds one.
	ends chan struct{}

	mu       sync.Mutex // guards what follows
	counting bool
	seen     observed
	ended    int // workflows of all time, for bytes on disk
}

// observed is what the clients saw between two moments.
type observed struct {
	// latencies from the start's call to the result, of workflows that ended in the time.
	latencies []time.Duration
	errors    int
	firstErr  error
	elapsed   time.Duration
	began     time.Time
}

// begin starts n clients, which go on until end.
func begin(ctx context.Context, c caller, w *workload, name string, n int) *load {
	l := &load{caller: c, work: w, name: name, stopped: make(chan struct{}), ends: make(chan struct{}, 1)}
	for i := range n {
		l.clients.Go(func() { l.run(ctx, i) })
	}
	return l
}

func (l *load) run(ctx context.Context, number int) {
	for n := 0; ctx.Err() == nil; n++ {
		select {
		case <-l.stopped:
			return
		default:
		}
		began := time.Now()
		err := l.work.once(ctx, l.caller, fmt.Sprintf("%s-%d-%d", l.name, number, n))
		l.note(time.Since(began), err)
		select {
		case l.ends <- struct{}{}:
		default:
		}
	}
}

func (l *load) note(latency time.Duration, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended++
	switch {
	case !l.counting:
	case err == nil:
		l.seen.latencies = append(l.seen.latencies, latency)
	default:
		l.seen.errors++
		if l.seen.firstErr == nil {
			l.seen.firstErr = err
		}
	}
}

// awaitEnd waits until a workflow ends.
func (l *load) awaitEnd(ctx context.Context) {
	select {
	case <-l.ends: // of one that has ended before
	default:
	}
	select {
	case <-l.ends:
	case <-ctx.Done():
	}
}

// observe counts what ends within a time, and then up to the next end. It should begin with one, too: few long workflows are
// then counted as the whole ones that they were.
func (l *load) observe(ctx context.Context, d time.Duration) observed {
	l.mu.Lock()
	l.counting, l.seen = true, observed{began: time.Now()}
	l.mu.Unlock()
	wait(ctx, d)
	l.awaitEnd(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counting = false
	l.seen.elapsed = time.Since(l.seen.began)
	return l.seen
}

// end lets each client finish its workflow. It returns how many there were in all.
func (l *load) end() int {
	close(l.stopped)
	l.clients.Wait()
	return l.ended
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// percentile is the latency that a share of the workflows did not exceed; 0 of none. It sorts them.
func (o *observed) percentile(share float64) time.Duration {
	if len(o.latencies) == 0 {
		return 0
	}
	slices.Sort(o.latencies)
	return o.latencies[min(int(share*float64(len(o.latencies))), len(o.latencies)-1)]
}

func (o *observed) perSecond() float64 {
	return float64(len(o.latencies)) / o.elapsed.Seconds()
}
