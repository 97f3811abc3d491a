package runtime

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/worker"
	"github.com/perdure/perdure/sdk/workflow"
)

var (
	// steps runs activities one after the other, and is what the load consists of.
	steps = workflow.Declare[string, int]("Steps")
	step  = activity.Declare[string, int]("Step")
)

const stepsEach = 3

// effects counts what activities have done, by workflow and step.
type effects struct {
	mu   sync.Mutex
	done map[string]int
	// milestones are closed as the work goes on, evenly: the times to make trouble.
	milestones []chan struct{}
	all        int
}

func newEffects(all, milestones int) *effects {
	e := &effects{done: map[string]int{}, all: all}
	for range milestones {
		e.milestones = append(e.milestones, make(chan struct{}))
	}
	return e
}

func (e *effects) step(_ context.Context, name string) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.done[name]++
	for i, milestone := range e.milestones {
		if e.done[name] == 1 && len(e.done) == (i+1)*e.all/(len(e.milestones)+1) {
			close(milestone)
		}
	}
	return e.done[name], nil
}

// takeSteps takes one step after the other. Those of a workflow that is to take each only once may be
// lost instead: when the word that one was started did not reach the worker, nobody may try again.
func takeSteps(ctx workflow.Context, id string) (int, error) {
	o := workflow.ActivityOptions{
		StartToCloseTimeout: 3 * time.Second,
		RetryPolicy:         &workflow.RetryPolicy{InitialInterval: 50 * time.Millisecond, MaximumInterval: time.Second},
	}
	if onlyOnce(id) {
		o.RetryPolicy = &workflow.RetryPolicy{MaximumAttempts: 1}
	}
	ctx = workflow.WithActivityOptions(ctx, o)
	taken := 0
	for i := range stepsEach {
		_, err := workflow.ExecuteActivity(ctx, step, fmt.Sprintf("%s/%d", id, i)).Get(ctx)
		switch {
		case err == nil:
			taken++
		case !onlyOnce(id):
			return 0, err
		}
	}
	return taken, nil
}

func onlyOnce(id string) bool { return strings.HasPrefix(id, "once") }

// load is a number of workflows that are started and run while something happens to the servers.
type load struct {
	c       *client.Client
	effects *effects
	ids     []string
	errs    chan error
	running sync.WaitGroup
}

// startLoad starts the workflows, some at a time, and waits for their results in the background.
func startLoad(t *testing.T, url string, number, atOnce, milestones int) *load {
	t.Helper()
	c, err := client.Connect(client.Options{URL: url})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	l := &load{c: c, effects: newEffects(number*stepsEach, milestones), errs: make(chan error, number)}
	w, err := worker.New(c, "steps", worker.Options{})
	require.NoError(t, err)
	w.Register(step.Implement(l.effects.step), steps.Implement(takeSteps))
	require.NoError(t, w.Start())
	t.Cleanup(func() { require.NoError(t, w.Stop()) })

	ids := make(chan string)
	for i := range number {
		kind := "again"
		if i%2 == 0 {
			kind = "once"
		}
		l.ids = append(l.ids, fmt.Sprintf("%s-%d", kind, i))
	}
	l.running.Go(func() {
		defer close(ids)
		for _, id := range l.ids {
			ids <- id
		}
	})
	for range atOnce {
		l.running.Go(func() {
			for id := range ids {
				if err := l.one(t.Context(), id); err != nil {
					l.errs <- fmt.Errorf("%s: %w", id, err)
				}
			}
		})
	}
	return l
}

func (l *load) one(ctx context.Context, id string) error {
	run, err := client.Start(ctx, l.c, steps, id, client.StartOptions{ID: id, TaskQueue: "steps"})
	if err != nil {
		return fmt.Errorf("starting: %w", err)
	}
	_, err = run.Result(ctx)
	return err
}

// finish waits for all workflows and looks at what each has left behind.
func (l *load) finish(t *testing.T) {
	t.Helper()
	l.running.Wait()
	close(l.errs)
	for err := range l.errs {
		t.Error(err)
	}
	for _, id := range l.ids {
		l.checkHistory(t, id)
	}
	l.effects.check(t, l.ids)
}

// check finds each step taken, or, where it may be taken once only, not taken twice.
func (e *effects) check(t *testing.T, ids []string) {
	t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, id := range ids {
		for i := range stepsEach {
			taken := e.done[fmt.Sprintf("%s/%d", id, i)]
			if onlyOnce(id) {
				require.LessOrEqual(t, taken, 1, "%s/%d", id, i)
			} else {
				require.Positive(t, taken, "%s/%d", id, i)
			}
		}
	}
}

// checkHistory finds event ids without a gap, one close event and that the last, and each step completed once.
func (l *load) checkHistory(t *testing.T, id string) {
	t.Helper()
	var next int64 = 1
	completed := 0
	var last enumspb.EventType
	for e, err := range l.c.History(t.Context(), id, "", client.HistoryOptions{}) {
		require.NoError(t, err, id)
		require.NotEqual(t, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED, last, "%s: event %d after the last", id, e.GetEventId())
		require.Equal(t, next, e.GetEventId(), id)
		next++
		last = e.GetEventType()
		if last == enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED {
			completed++
		}
	}
	require.Equal(t, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED, last, id)
	if onlyOnce(id) {
		require.LessOrEqual(t, completed, stepsEach, id)
	} else {
		require.Equal(t, stepsEach, completed, id)
	}
}
