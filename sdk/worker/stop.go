package worker

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/perdure/perdure/internal/connect"
	"github.com/perdure/perdure/internal/crew"
	"github.com/perdure/perdure/sdk/internal/attempt"
)

const (
	// settleTimeout is how long Stop waits for what it has cancelled.
	settleTimeout = 5 * time.Second
	// downTime is how long NATS may be out of reach before a stop gives up what runs, and then how long
	// it waits for that to end.
	downTime = time.Second
)

// Stop ends the worker: it takes no more tasks, lets those that run finish within StopTimeout,
// cancels the activities that do not, and waits for them. While NATS cannot be reached nothing of what
// they bring can be reported: they are given up after a second. Calling it again waits for the same end.
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
	w.unlistEager()
	w.pulling.end(nil)
	w.pullers.Wait()
	w.meters.stopped(w.kinds())
	w.unlisten()
	var goodbye sync.WaitGroup
	goodbye.Go(w.sayGoodbye)
	ended := w.endTasks(w.tasks.close())
	goodbye.Wait()
	w.cache.clear()
	w.coroutines.Close()
	w.tasks.crew.Close()
	w.caller.Close()
	w.mu.Lock()
	w.state = stopped
	w.mu.Unlock()
	if !ended {
		return fmt.Errorf("stop the worker of %s: %d tasks still run after they were cancelled; have activities return when their context ends",
			w.queue, w.tasks.count())
	}
	return nil
}

// endTasks waits until no task runs, with more and more force; false when some do not heed it.
func (w *Worker) endTasks(idle <-chan struct{}) (ended bool) {
	up, cancel := connect.WhileUp(context.Background(), w.conn, downTime)
	defer cancel()
	if !waited(up, idle, w.options.StopTimeout) && up.Err() == nil {
		w.logger.Info().Int("tasks", w.tasks.count()).Msg("cancelling what still runs: the time to finish is over")
	}
	w.working.end(attempt.ErrWorkerStopped)
	ended = waited(up, idle, settleTimeout)
	down := !ended && connect.IsDown(up)
	if down {
		w.logger.Warn().Int("tasks", w.tasks.count()).Msg("NATS cannot be reached: the tasks that run are abandoned; they are given out again when their time is over")
	}
	w.calling.end(attempt.ErrWorkerStopped)
	if down {
		ended = waited(context.Background(), idle, downTime)
	}
	return ended
}

func waited(ctx context.Context, idle <-chan struct{}, limit time.Duration) bool {
	timer := time.NewTimer(max(limit, 0))
	defer timer.Stop()
	select {
	case <-idle:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	select { // both may be ready when there is no limit to speak of
	case <-idle:
		return true
	default:
		return false
	}
}

// idleGoroutines is how many goroutines wait for the next task at most, and how many for the next coroutine.
const idleGoroutines = 256

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
	t.run(f)
	return true
}

// fork is spawn for a task that runs: what it brings along is waited for as it is.
func (t *tasks) fork(f func()) {
	t.mu.Lock()
	t.open++
	t.mu.Unlock()
	t.run(f)
}

func (t *tasks) run(f func()) {
	t.crew.Do(func() {
		defer t.done()
		f()
	})
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
