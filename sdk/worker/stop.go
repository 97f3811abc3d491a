package worker

import (
	"fmt"
	"sync"
	"time"

	"github.com/perdure/perdure/internal/crew"
	"github.com/perdure/perdure/sdk/internal/attempt"
)

// settleTimeout is how long Stop waits for what it has cancelled.
const settleTimeout = 5 * time.Second

// Stop ends the worker: it takes no more tasks, lets those that run finish within StopTimeout,
// cancels the activities that do not, and waits for them. Calling it again waits for the same end.
// The error says that code of the application still runs, since it does not heed its context.
func (w *Worker) Stop() error {
	w.mu.Lock()
	was := w.state
	switch was {
	case fresh:
		w.state = stopped
		close(w.stopping)
		close(w.finished)
	case running:
		w.state = stopping
	case stopping, stopped:
	}
	w.mu.Unlock()
	if was == running {
		close(w.stopping)
		w.stopErr = w.stop()
		close(w.finished)
	}
	<-w.finished
	return w.stopErr
}

func (w *Worker) stop() error {
	w.pulling.end(nil)
	w.pullers.Wait()
	w.unlisten()
	idle := w.tasks.close()
	if !waited(idle, w.options.StopTimeout) {
		w.logger.Info().Int("tasks", w.tasks.count()).Msg("cancelling what still runs: the time to finish is over")
	}
	w.working.end(attempt.ErrWorkerStopped)
	ok := waited(idle, settleTimeout)
	w.calling.end(attempt.ErrWorkerStopped)
	w.tasks.crew.Close()
	w.cache.clear()
	w.caller.Close()
	w.mu.Lock()
	w.state = stopped
	w.mu.Unlock()
	if !ok {
		return fmt.Errorf("stop the worker of %s: %d tasks still run %s after they were cancelled; have activities return when their context ends",
			w.queue, w.tasks.count(), settleTimeout)
	}
	return nil
}

func waited(idle <-chan struct{}, limit time.Duration) bool {
	timer := time.NewTimer(max(limit, 0))
	defer timer.Stop()
	select {
	case <-idle:
		return true
	case <-timer.C:
	}
	select { // both may be ready when there is no limit to speak of
	case <-idle:
		return true
	default:
		return false
	}
}

// idleTasks is how many goroutines wait for the next task at most.
const idleTasks = 256

// tasks are the goroutines that run tasks.
type tasks struct {
	crew *crew.Crew

	mu     sync.Mutex // guards what follows
	open   int
	closed bool
	idle   chan struct{} // made by close
}

// spawn runs f in a goroutine; it is false when no more tasks are taken.
func (t *tasks) spawn(f func()) bool {
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return false
	}
	t.open++
	t.mu.Unlock()
	t.crew.Do(func() {
		defer t.done()
		f()
	})
	return true
}

func (t *tasks) done() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.open--
	if t.closed && t.open == 0 {
		close(t.idle)
	}
}

// close has no more tasks taken; the channel is closed when the last has ended.
func (t *tasks) close() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	t.idle = make(chan struct{})
	if t.open == 0 {
		close(t.idle)
	}
	return t.idle
}

func (t *tasks) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.open
}
