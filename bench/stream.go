package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// stream is what one workflow is sent: the numbers from 0 on, in order, by several senders at a time. Sender s
// of n sends s, n+s, 2n+s...
type stream struct {
	workflow string
	senders  int
	each     int // how many numbers each sends
}

// parts is what a workflow is told of a stream.
type parts struct{ Senders, Count int }

func (s stream) parts() parts { return parts{s.senders, s.senders * s.each} }

func (s stream) sum() int { return s.parts().Count * (s.parts().Count - 1) / 2 }

// signals starts a workflow, sends it the stream as signals, and checks that it took each once, and those of each sender in order.
func (s stream) signals(ctx context.Context, c caller, id string) error {
	return s.send(ctx, c, id, func(ctx context.Context, r run[int], n int) error { return r.signal(ctx, n) })
}

// updates does the same with updates, each of which is answered with the number that it was given.
func (s stream) updates(ctx context.Context, c caller, id string) error {
	return s.send(ctx, c, id, func(ctx context.Context, r run[int], n int) error {
		got, err := r.update(ctx, n)
		if err == nil && got != n {
			err = fmt.Errorf("its result is %d", got)
		}
		return err
	})
}

func (s stream) send(ctx context.Context, c caller, id string, one func(context.Context, run[int], int) error) error {
	r, err := c.startSum(ctx, s.workflow, id, s.parts())
	if err != nil {
		return fmt.Errorf("starting workflow %s: %w", id, err)
	}
	var senders sync.WaitGroup
	errs := make([]error, s.senders)
	for sender := range s.senders {
		senders.Go(func() {
			for n := sender; n < s.parts().Count && errs[sender] == nil; n += s.senders {
				if err := one(ctx, r, n); err != nil {
					errs[sender] = fmt.Errorf("number %d to workflow %s: %w", n, id, err)
				}
			}
		})
	}
	senders.Wait()
	if err := errors.Join(errs...); err != nil {
		return err // there is no result: the workflow waits for what was not sent
	}
	return expect(ctx, r, id, s.sum())
}

// taken is a workflow's side of a stream.
type taken struct {
	parts
	next  []int // by sender
	count int
	sum   int
}

// errOrder is a workflow's when numbers come in another order than they were sent in.
var errOrder = errors.New("numbers came out of order")

func take(p parts) *taken {
	t := &taken{parts: p}
	for sender := range p.Senders {
		t.next = append(t.next, sender)
	}
	return t
}

// add takes one number.
func (t *taken) add(n int) error {
	sender := n % t.Senders
	if n != t.next[sender] {
		return errOrder
	}
	t.next[sender] += t.Senders
	t.count++
	t.sum += n
	return nil
}

func (t *taken) all() bool { return t.count == t.Count }
