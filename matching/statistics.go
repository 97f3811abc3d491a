package matching

import (
	"cmp"
	"slices"
	"sync/atomic"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
)

// Statistics are what matching has done, and how full its queues are.
type Statistics struct {
	Namespaces []NamespaceStatistics
	// StickyAccepted are the workflow tasks that were handed straight to the worker that has the run, and StickyRefused
	// those that it did not take, so that they were queued.
	StickyAccepted, StickyRefused uint64
}

// NamespaceStatistics are those of one namespace.
type NamespaceStatistics struct {
	Namespace string
	// Queued are the tasks that were put into the work queue by this process, and Waiting those that are not there yet.
	Queued, Waiting uint64
	Queues          []QueueStatistics
}

// QueueStatistics are those of a task queue of one kind, of all processes and workers together, as they were when it was last looked at: a few
// seconds ago, or longer where there are very many queues.
type QueueStatistics struct {
	Queue string
	Kind  enumspb.TaskQueueType
	// Backlog are the tasks that nobody has started, and Age is how old the oldest of them is.
	Backlog uint64
	Age     time.Duration
	// Added and Delivered are the tasks that were put into the queue, and pulled from it, since it was last made.
	Added, Delivered uint64
}

// offers counts what became of sticky tasks.
type offers struct{ accepted, refused atomic.Uint64 }

// Statistics are those of the open namespaces, from memory.
func (m *Matching) Statistics() Statistics {
	all := Statistics{StickyAccepted: m.offers.accepted.Load(), StickyRefused: m.offers.refused.Load()}
	m.mu.RLock()
	var open []*namespace
	for _, n := range m.namespaces {
		open = append(open, n)
	}
	m.mu.RUnlock()
	for _, n := range open {
		all.Namespaces = append(all.Namespaces, NamespaceStatistics{
			Namespace: n.in.Namespace, Queued: uint64(n.publisher.stored.Load()), Waiting: uint64(n.publisher.held.Load()),
			Queues: n.observer.figures(time.Now()),
		})
	}
	slices.SortFunc(all.Namespaces, func(a, b NamespaceStatistics) int { return cmp.Compare(a.Namespace, b.Namespace) })
	return all
}

// figures are those of the queues that are observed, by name and kind.
func (o *observer) figures(now time.Time) []QueueStatistics {
	o.mu.Lock()
	defer o.mu.Unlock()
	all := make([]QueueStatistics, 0, len(o.filled))
	for key, f := range o.filled {
		q := QueueStatistics{Queue: key.name, Kind: key.kind, Backlog: uint64(max(f.backlog, 0)), Added: f.added, Delivered: f.delivered}
		if !f.oldest.IsZero() {
			q.Age = max(now.Sub(f.oldest), 0)
		}
		all = append(all, q)
	}
	slices.SortFunc(all, func(a, b QueueStatistics) int {
		return cmp.Or(cmp.Compare(a.Queue, b.Queue), cmp.Compare(a.Kind, b.Kind))
	})
	return all
}
