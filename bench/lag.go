package main

import (
	"context"
	"slices"
	"time"

	"github.com/perdure/perdure/sdk/client"
)

const (
	// lagFrom is with how many workflows at once the index's lag is sampled: below, samples would be a part of the load.
	lagFrom = 64
	// lagEvery is between two samples. Each has the index written at once: with four a second in place of one in two, a
	// workflow of W2 at 256 without fsync cost the server 0.42 ms of CPU in place of 0.37 (three runs each), and 4.0 KB
	// of disk in place of 3.4.
	lagEvery = 2 * time.Second
)

// lag is how long the index of workflows took, each time it was asked, to know all that was acknowledged by then: a
// list waits for that. A count that matches nothing takes little more.
type lag struct {
	samples  []time.Duration
	firstErr error
	ended    chan struct{}
	cancel   context.CancelFunc
}

// watchLag samples until end.
func watchLag(ctx context.Context, c *client.Client) *lag {
	ctx, cancel := context.WithCancel(ctx)
	l := &lag{ended: make(chan struct{}), cancel: cancel}
	go func() {
		defer close(l.ended)
		for {
			began := time.Now()
			_, err := c.CountWorkflows(ctx, "WorkflowId = 'there is none'")
			if ctx.Err() != nil {
				return
			}
			if err != nil && l.firstErr == nil {
				l.firstErr = err
			}
			l.samples = append(l.samples, time.Since(began))
			wait(ctx, lagEvery)
		}
	}()
	return l
}

// end stops sampling and tells the median and the longest, and the first error.
func (l *lag) end() (median, longest time.Duration, err error) {
	l.cancel()
	<-l.ended
	if len(l.samples) == 0 {
		return 0, 0, l.firstErr
	}
	slices.Sort(l.samples)
	return l.samples[len(l.samples)/2], l.samples[len(l.samples)-1], l.firstErr
}
