package main

import (
	"context"

	"github.com/nats-io/nats.go"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
)

// follower hands on a workflow's events as they happen, each once and in order. They come
// two ways: by the live tail at once, but perhaps not at all; and by a waiting
// request for the history, which misses none.
type follower struct {
	s    *session
	id   string
	emit func(run string, e *historypb.HistoryEvent) error

	run  string
	next int64 // the id of the event to come
	last *historypb.HistoryEvent
}

// follow hands on the events of a run, from its first on, and of the runs that
// follow it, until the last has closed.
func (s *session) follow(ctx context.Context, id, run string, emit func(run string, e *historypb.HistoryEvent) error) error {
	tail := make(chan *nats.Msg, 256)
	subscription, err := s.conn.ChanSubscribe(s.names.Events(s.Namespace, id), tail)
	if err != nil {
		return err
	}
	defer subscription.Unsubscribe() //nolint:errcheck // the connection is closed right after
	f := &follower{s: s, id: id, emit: emit}
	for run != "" {
		f.run, f.next, f.last = run, 1, nil
		if err := f.followRun(ctx, tail); err != nil {
			return err
		}
		run = nextRun(f.last)
	}
	return nil
}

// page is what one waiting request brought.
type page struct {
	events []*historypb.HistoryEvent
	err    error
}

// followRun ends when the run has closed.
func (f *follower) followRun(ctx context.Context, tail <-chan *nats.Msg) error {
	ctx, cancel := context.WithCancel(ctx)
	pages := make(chan page)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		f.readPages(ctx, f.run, pages)
	}()
	defer func() {
		cancel()
		<-ended
	}()
	for {
		var events []*historypb.HistoryEvent
		select {
		case message := <-tail:
			events = f.fromTail(ctx, message)
		case p := <-pages:
			if p.err != nil {
				return p.err
			}
			events = p.events
		case <-ctx.Done(): // the reader of pages may have seen it first, and says nothing then
			return ctx.Err()
		}
		closed, err := f.take(events)
		if closed || err != nil {
			return err
		}
	}
}

// readPages asks for the run's events until ctx ends, or an error.
func (f *follower) readPages(ctx context.Context, run string, pages chan<- page) {
	poll := f.s.newPoll(f.id, run, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for {
		events, err := poll.next(ctx)
		select {
		case pages <- page{events, err}:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}

// fromTail are the events of a message if they are of this run: a tail is of a
// workflow id. One that cannot be decoded is as good as lost.
func (f *follower) fromTail(ctx context.Context, message *nats.Msg) []*historypb.HistoryEvent {
	if message.Header.Get(api.HeaderRun) != f.run {
		return nil
	}
	var history historypb.History
	if proto.Unmarshal(message.Data, &history) != nil || f.s.whole(ctx, &history) != nil {
		return nil
	}
	return history.GetEvents()
}

// take hands on the events that are due, up to a gap, which the history will fill.
func (f *follower) take(events []*historypb.HistoryEvent) (closed bool, err error) {
	for _, e := range events {
		if e.GetEventId() < f.next {
			continue
		}
		if e.GetEventId() > f.next {
			return false, nil
		}
		if err := f.emit(f.run, e); err != nil {
			return false, err
		}
		f.next++
		if closes(e) {
			f.last = e
			return true, nil
		}
	}
	return false, nil
}
