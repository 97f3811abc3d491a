package workflowtest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/serviceerror"

	"github.com/perdure/perdure/sdk/internal/engine"
)

// clock is the virtual time.
type clock struct{ now time.Time }

// world is what the workflows of one test share: that which Execute runs, its children, and others that were started beside it.
// Each run has an environment of its own.
type world struct {
	*clock
	agenda  *agenda
	root    *Environment
	runs    []*Environment          // in the order in which they began
	open    []*Environment          // those of them that may not be closed
	latest  map[string]*Environment // the latest run of each workflow id
	doubles map[string]*WorkflowDouble
	tasks   int   // workflow tasks so far, of all runs
	calls   int   // from run to run that are under way
	numbers int   // of run ids
	fault   error // what ends the test: production would not come further
}

func newWorld(start time.Time) *world {
	return &world{clock: &clock{start}, agenda: &agenda{}, latest: map[string]*Environment{}, doubles: map[string]*WorkflowDouble{}}
}

// member makes the environment of another run, which is to begin.
func (w *world) member(registry *engine.Registry) *Environment {
	root := w.root
	return &Environment{
		opts: root.opts, registry: registry, activities: root.activities, onHeartbeat: root.onHeartbeat,
		world: w, agenda: w.agenda, journal: journal{clock: w.clock},
		open: map[int64]*attempts{}, timers: map[string]*appointment{}, children: map[int64]*child{},
	}
}

// joined notes a run that has begun.
func (w *world) joined(env *Environment) {
	w.runs, w.open = append(w.runs, env), append(w.open, env)
	w.latest[env.id().GetWorkflowId()] = env
}

func (w *world) newRunID() string {
	w.numbers++
	return fmt.Sprintf("00000000-0000-4000-8000-%012d", w.numbers)
}

// call has one run do something to another: at the present time, but when the workflow task is through that asks for it.
func (w *world) call(act func()) {
	w.calls++
	w.agenda.add(w.now, func() {
		w.calls--
		act()
	})
}

// play runs workflow tasks while there is news, and otherwise lets the time pass to the next thing on the agenda, until
// nothing is open, or the others wait for what will not come when the workflow is closed that Execute runs.
func (w *world) play() error {
	for w.fault == nil && (w.anyOpen() || w.calls > 0) {
		run := w.informed()
		if run != nil {
			if err := run.runTask(); err != nil {
				return err
			}
			continue
		}
		next := w.agenda.pop()
		if next == nil && w.root.closed == nil {
			return w.blocked()
		}
		if next == nil {
			break
		}
		if next.at.After(w.now) {
			w.now = next.at
		}
		next.act()
	}
	return w.fault
}

func (w *world) anyOpen() bool {
	w.open = slices.DeleteFunc(w.open, func(env *Environment) bool { return env.closed != nil })
	return len(w.open) > 0
}

// informed is the first run that has to be told of something; nil if there is none.
func (w *world) informed() *Environment {
	for _, env := range w.open {
		if env.closed == nil && (env.journal.news || len(env.updates.asked) > 0) && env.asleep == nil && !env.busy {
			return env
		}
	}
	return nil
}

// attend runs the workflow tasks that are due while that of another run lasts.
func (w *world) attend() {
	for run := w.informed(); run != nil && w.fault == nil; run = w.informed() {
		w.fail(run.runTask())
	}
}

// fail ends the test, unless err is nil.
func (w *world) fail(err error) {
	if w.fault == nil {
		w.fault = err
	}
}

// blocked tells where the workflows wait.
func (w *world) blocked() error {
	root := w.root
	text := root.stacks()
	for _, env := range w.open {
		if env != root && env.asleep == nil {
			text += fmt.Sprintf("\nworkflow %s (id %s) is here:\n%s", env.task.GetWorkflowType().GetName(), env.id().GetWorkflowId(), env.stacks())
		}
	}
	return fmt.Errorf("workflow %s: %w; send what it waits for, or plan it with After. It is here:\n%s", root.task.GetWorkflowType().GetName(), ErrBlocked, strings.TrimRight(text, "\n"))
}

// find is the run that a call names, the latest if it names none. The error is serviceerror.NotFound.
func (w *world) find(x *commonpb.WorkflowExecution) (*Environment, error) {
	env := w.latest[x.GetWorkflowId()]
	if env == nil || x.GetRunId() != "" && x.GetRunId() != env.id().GetRunId() {
		return nil, serviceerror.NewNotFoundf("the test has no workflow %q with the run id %q", x.GetWorkflowId(), x.GetRunId())
	}
	return env, nil
}

// release ends what the code of activities is at.
func (w *world) release() {
	for _, env := range w.runs {
		env.release()
	}
}

// close ends all runs' code.
func (w *world) close() {
	for _, env := range w.runs {
		env.run.Close()
	}
}

// replay runs the code of all runs over their histories, but that of doubles.
func (w *world) replay() error {
	root := w.root
	for _, env := range w.runs {
		if env.doubled {
			continue
		}
		if err := replay(env.History(), root.opts.engine(), root.workflows...); err != nil {
			return fmt.Errorf("workflow %s did not survive its replay: %w", env.task.GetWorkflowType().GetName(), err)
		}
	}
	return nil
}
