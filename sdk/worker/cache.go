package worker

import (
	"container/list"
	"context"
	"sync"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/sdk/internal/engine"
	"github.com/perdure/perdure/sdk/metrics"
)

// cache keeps the executions of runs between their tasks, the most recently used ones. A run that
// somebody uses is not counted and not evicted.
type cache struct {
	limit int

	mu     sync.Mutex // guards what follows, and users and idle of every run
	runs   map[string]*cachedRun
	idle   *list.List // of *cachedRun, the most recent first
	closed bool

	size    metrics.Gauge
	evicted metrics.Counter
}

// cachedRun is one run's place in the cache. Who uses it has entered it, and holds the lock to
// touch the fields after it.
type cachedRun struct {
	id    string
	users int           // who has entered
	idle  *list.Element // when nobody has

	lock      chan struct{}
	execution *engine.Execution // nil: not cached
	seen      int64             // the last event that the execution was given
	started   int64             // the started event of the last completed task that it was told of
	began     time.Time         // when the run was started
	closed    bool              // whether it was given the run's last event
}

// newCache keeps limit idle runs; none if limit is not positive.
func newCache(limit int) *cache {
	return &cache{
		limit: max(limit, 0), runs: map[string]*cachedRun{}, idle: list.New(),
		size: metrics.Nop.Gauge(""), evicted: metrics.Nop.Counter(""),
	}
}

// measure has the cache tell how full it is. It is for before the first use.
func (c *cache) measure(h metrics.Handler) {
	c.size, c.evicted = h.Gauge(metrics.StickyCacheSize), h.Counter(metrics.StickyCacheTotalForcedEviction)
}

// enter begins to use a run, cached or not. It is followed by leave.
func (c *cache) enter(runID string) *cachedRun {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.runs[runID]
	if r == nil {
		r = &cachedRun{id: runID, lock: make(chan struct{}, 1)}
		c.runs[runID] = r
	}
	c.use(r)
	return r
}

// enterKnown is enter for a run that is cached, or just being used: else it is nil.
func (c *cache) enterKnown(runID string) *cachedRun {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.runs[runID]
	if r != nil {
		c.use(r)
	}
	return r
}

func (c *cache) use(r *cachedRun) {
	r.users++
	if r.idle != nil {
		c.idle.Remove(r.idle)
		r.idle = nil
	}
}

// leave ends the use of a run. When the last has left, the run is kept if it has an execution,
// and the one that was used longest ago may have to go.
func (c *cache) leave(r *cachedRun) {
	c.mu.Lock()
	r.users--
	if r.users > 0 {
		c.mu.Unlock()
		return
	}
	gone := r
	if r.execution != nil && !c.closed {
		r.idle = c.idle.PushFront(r)
		gone = nil
		if c.idle.Len() > c.limit {
			gone = c.idle.Remove(c.idle.Back()).(*cachedRun)
			gone.idle = nil
			c.evicted.Inc(1)
		}
	}
	if gone != nil {
		delete(c.runs, gone.id)
	}
	c.size.Update(float64(len(c.runs)))
	c.mu.Unlock()
	if gone != nil {
		gone.drop()
	}
}

// clear evicts all, now or when they are left.
func (c *cache) clear() {
	c.mu.Lock()
	c.closed = true
	var gone []*cachedRun
	for e := c.idle.Front(); e != nil; e = e.Next() {
		r := e.Value.(*cachedRun)
		r.idle = nil
		gone = append(gone, r)
		delete(c.runs, r.id)
	}
	c.idle.Init()
	c.size.Update(float64(len(c.runs)))
	c.mu.Unlock()
	for _, r := range gone {
		r.drop()
	}
}

// acquire waits until nobody else works on the run; false when ctx ends first.
func (r *cachedRun) acquire(ctx context.Context) bool {
	select {
	case r.lock <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

func (r *cachedRun) release() { <-r.lock }

// see notes the events that the execution is given.
func (r *cachedRun) see(events []*historypb.HistoryEvent) {
	for _, event := range events {
		r.seen = event.GetEventId()
		switch event.GetEventType() {
		case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
			r.began = event.GetEventTime().AsTime()
		case enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
			r.started = event.GetWorkflowTaskCompletedEventAttributes().GetStartedEventId()
		case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED,
			enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED,
			enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
			r.closed = true
		}
	}
}

// isBehind tells whether the run has to be brought up to date for a query. Where a task was completed here after the
// query was sent, what is newer answers it.
func (r *cachedRun) isBehind(query *workflowservice.PollWorkflowTaskQueueResponse) bool {
	previous := query.GetPreviousStartedEventId()
	return r.execution == nil || r.started < previous || r.started == previous && len(query.GetHistory().GetEvents()) > 0
}

// discarded takes a completed task back of which the service has left nothing: it was speculative, and its worker has only rejected
// updates. The last task that counts was started by the event previous. What the completion was to record for
// the next ones is lost with it, so that the execution is not kept then.
func (r *cachedRun) discarded(task *workflowservice.PollWorkflowTaskQueueResponse, completion *workflowservice.RespondWorkflowTaskCompletedRequest, previous int64) {
	if completion.GetSdkMetadata() != nil || len(completion.GetCommands()) > 0 || r.seen != task.GetStartedEventId() {
		r.drop()
		return
	}
	r.execution.Discarded(previous)
	r.seen, r.started = task.GetStartedEventId()-2, previous
}

// drop forgets the execution.
func (r *cachedRun) drop() {
	if r.execution != nil {
		r.execution.Close()
	}
	r.execution, r.seen, r.started, r.closed = nil, 0, 0, false
}
