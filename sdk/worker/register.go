package worker

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/internal/engine"
	"github.com/perdure/perdure/sdk/workflow"
)

// Implementation is a workflow or an activity with its code: what the Implement method of a
// declaration returns.
type Implementation interface{ Name() string }

// registry is what a worker runs. It does not change once the worker was started.
type registry struct {
	workflows  engine.Registry
	activities map[string]activity.Implementation
	wrong      error
}

func (r *registry) add(impl Implementation) error {
	switch i := impl.(type) {
	case workflow.Implementation:
		return r.workflows.RegisterWorkflow(i)
	case activity.Implementation:
		name := i.Name()
		if name == "" {
			return errors.New("register an activity: it has no name; give activity.Declare one")
		}
		if _, taken := r.activities[name]; taken {
			return fmt.Errorf("register activity %s: it is already registered; register each type once, or on another worker", name)
		}
		if r.activities == nil {
			r.activities = map[string]activity.Implementation{}
		}
		r.activities[name] = i
		return nil
	}
	return fmt.Errorf("register %T: neither a workflow nor an activity; pass what Implement returns", impl)
}

func (r *registry) hasWorkflows() bool { return len(r.workflows.Names()) > 0 }

func (r *registry) activityNames() []string { return slices.Sorted(maps.Keys(r.activities)) }

// Register adds workflows and activities to run. Call it before Start; what is wrong with a
// registration, a name taken twice for one, is Start's error.
func (w *Worker) Register(implementations ...Implementation) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, impl := range implementations {
		err := errors.New("register: the worker is already started")
		if w.state == fresh {
			err = w.registry.add(impl)
		}
		w.registry.wrong = errors.Join(w.registry.wrong, err)
	}
}
