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
	ns.consumers.leave(request.TaskQueue, kinds, request.Identity)
	if request.StickyTaskQueue != "" {
		m.gone.add(m.config.Names.Sticky(namespace, request.TaskQueue, request.StickyTaskQueue), time.Now())
	}
	return &workflowservice.ShutdownWorkerResponse{}, nil
}

const (
	// goneKept is how long a goodbye keeps a sticky queue from getting tasks: by then whoever listened for the
	// worker, as the gRPC door does while it polls, listens no more, and NATS says that nobody is there.
	goneKept = time.Minute
	// maxGone is how many such queues are remembered.
	maxGone = 1 << 14
)

// gone are the subjects of sticky queues whose workers have lately said goodbye. It may be used from any goroutine.
type gone struct {
	mu       sync.RWMutex // guards the rest
	subjects map[string]time.Time
	byTime   fifo[string]
}

func newGone() *gone { return &gone{subjects: map[string]time.Time{}} }

func (g *gone) add(subject string, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.byTime.size() > 0 && (g.byTime.size() >= maxGone || g.over(*g.byTime.first(), now)) {
		delete(g.subjects, g.byTime.pop())
	}
	if _, again := g.subjects[subject]; again {
		return
	}
	g.subjects[subject] = now
	g.byTime.push(subject)
}

func (g *gone) has(subject string, now time.Time) bool {
	g.mu.RLock()
	defer g.mu.RUnlock()
	_, said := g.subjects[subject]
	return said && !g.over(subject, now)
}

// over tells that a subject's time is over. The caller holds mu.
func (g *gone) over(subject string, now time.Time) bool {
	return now.Sub(g.subjects[subject]) >= goneKept
}
