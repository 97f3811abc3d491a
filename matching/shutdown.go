package matching

import (
	"context"
	"sync"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
)

// ShutdownWorker takes a worker's goodbye: it is no longer listed among the pollers of the kinds that
// it names, or of all if it names none, and its sticky queue gets nothing more. Other processes that
// it was in touch with list it until it was silent for too long.
func (m *Matching) ShutdownWorker(_ context.Context, namespace string, request *workflowservice.ShutdownWorkerRequest) (*workflowservice.ShutdownWorkerResponse, error) {
	ns, err := m.opened(namespace)
	if err != nil {
		return nil, err
	}
	kinds := request.TaskQueueTypes
	if len(kinds) == 0 {
		kinds = []enumspb.TaskQueueType{enumspb.TASK_QUEUE_TYPE_WORKFLOW, enumspb.TASK_QUEUE_TYPE_ACTIVITY}
	}
	ns.consumers.leave(request.TaskQueue, kinds, request)
	if request.StickyTaskQueue != "" {
		m.gone.add(m.config.Names.Sticky(namespace, request.TaskQueue, request.StickyTaskQueue), time.Now())
	}
	return &workflowservice.ShutdownWorkerResponse{}, nil
}

const (
	// goneKept is how long a goodbye keeps a sticky queue from getting tasks: by then whoever listened for the
	// worker, as the gRPC door does while it polls, listens no more, and NATS says that nobody is there. For
	// as long, a word that the worker sent before is known to be late.
	goneKept = time.Minute
	// maxGone is how many goodbyes are remembered.
	maxGone = 1 << 14
)

// gone are those who have lately said goodbye: workers, or the subjects of their sticky queues. It may be used from any goroutine.
type gone[T comparable] struct {
	mu     sync.RWMutex // guards the rest
	since  map[T]time.Time
	byTime fifo[T]
}

func newGone[T comparable]() *gone[T] { return &gone[T]{since: map[T]time.Time{}} }

func (g *gone[T]) add(who T, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.byTime.size() > 0 && (g.byTime.size() >= maxGone || g.over(*g.byTime.first(), now)) {
		delete(g.since, g.byTime.pop())
	}
	if _, again := g.since[who]; again {
		return
	}
	g.since[who] = now
	g.byTime.push(who)
}

func (g *gone[T]) has(who T, now time.Time) bool {
	g.mu.RLock()
	defer g.mu.RUnlock()
	_, said := g.since[who]
	return said && !g.over(who, now)
}

// over tells that it was too long ago. The caller holds mu.
func (g *gone[T]) over(who T, now time.Time) bool {
	return now.Sub(g.since[who]) >= goneKept
}
