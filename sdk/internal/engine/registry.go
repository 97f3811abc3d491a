package engine

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	commonpb "go.temporal.io/api/common/v1"
)

// Implementation is the code of one workflow type.
type Implementation interface {
	// Name is the workflow type's name.
	Name() string
	// Run decodes the input, runs the code in the calling coroutine and encodes its output.
	Run(env *Env, input *commonpb.Payloads) (*commonpb.Payloads, error)
}

// ErrDuplicate is returned when a workflow type is registered a second time.
var ErrDuplicate = errors.New("the workflow type is already registered")

// Registry holds a worker's workflow implementations by name. Register all of them before the first
// execution is made: it is not locked.
type Registry struct{ byName map[string]Implementation }

// RegisterWorkflow adds an implementation. The error wraps [ErrDuplicate] if its name is taken.
func (r *Registry) RegisterWorkflow(impl Implementation) error {
	name := impl.Name()
	if name == "" {
		return errors.New("register a workflow: it has no name; give workflow.Declare one")
	}
	if _, ok := r.byName[name]; ok {
		return fmt.Errorf("register workflow %s: %w; register each type once, or on another worker", name, ErrDuplicate)
	}
	if r.byName == nil {
		r.byName = map[string]Implementation{}
	}
	r.byName[name] = impl
	return nil
}

// Names are the registered types, sorted.
func (r *Registry) Names() []string { return slices.Sorted(maps.Keys(r.byName)) }

// Has tells whether a workflow type is registered.
func (r *Registry) Has(name string) bool {
	_, ok := r.byName[name]
	return ok
}

func (r *Registry) lookup(name string) (Implementation, error) {
	if impl, ok := r.byName[name]; ok {
		return impl, nil
	}
	return nil, fmt.Errorf("unable to find workflow type: %s. Supported types: [%s]; register it with this worker, or let the worker listen on another task queue",
		name, strings.Join(r.Names(), ", "))
}
