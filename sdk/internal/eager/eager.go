// Package eager brings the starts of a client together with the workers of the same process: a start whose first
// workflow task such a worker can run at once asks for that task in its own answer. Clients ask, workers register.
package eager

import (
	"slices"
	"sync"

	"go.temporal.io/api/workflowservice/v1"
)

// Run runs the first task of a workflow in the slot that was taken for it; nil gives the slot back. It is called once.
type Run func(*workflowservice.PollWorkflowTaskQueueResponse)

// Take takes a worker's slot for a workflow of a type; false when it has none, or does not know the type.
type Take func(workflowType string) (Run, bool)

// Workers are those of one client that run, by the task queue. The zero value has none. They are safe for concurrent use.
type Workers struct {
	mu     sync.Mutex // guards queues
	queues map[string][]*Take
	turn   uint
}

// Add has starts on the queue use the worker until remove is called. Calling that twice is safe.
func (w *Workers) Add(queue string, take Take) (remove func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.queues == nil {
		w.queues = map[string][]*Take{}
	}
	w.queues[queue] = append(w.queues[queue], &take)
	return func() { w.remove(queue, &take) }
}

func (w *Workers) remove(queue string, take *Take) {
	w.mu.Lock()
	defer w.mu.Unlock()
	left := slices.DeleteFunc(slices.Clone(w.queues[queue]), func(t *Take) bool { return t == take })
	if len(left) == 0 {
		delete(w.queues, queue)
		return
	}
	w.queues[queue] = left
}

// Take takes a slot of some worker of the queue, of each in turn; false when none has one.
func (w *Workers) Take(queue, workflowType string) (Run, bool) {
	w.mu.Lock()
	takes := w.queues[queue]
	w.turn++
	turn := w.turn
	w.mu.Unlock()
	for i := range takes {
		if run, took := (*takes[(turn+uint(i))%uint(len(takes))])(workflowType); took {
			return run, true
		}
	}
	return nil, false
}
