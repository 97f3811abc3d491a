package workflowtest

import (
	"github.com/perdure/perdure/sdk/internal/engine"
	"github.com/perdure/perdure/sdk/workflow"
)

// WorkflowDouble stands in for a child workflow; [OnWorkflow] makes it.
type WorkflowDouble struct {
	registry engine.Registry
	calls    int
}

// OnWorkflow replaces a workflow by a function of the test, where it begins from now on as a child, or by [Start]; [Execute] runs
// the real one. The function is workflow code: it may sleep, fail, receive signals, or wait to be cancelled. It is not replayed
// afterwards. Do not end the test in it, as require does: return what you have seen.
func OnWorkflow[In, Out any](env *Environment, w workflow.Workflow[In, Out], fn func(ctx workflow.Context, in In) (Out, error)) *WorkflowDouble {
	d := &WorkflowDouble{}
	if err := d.registry.RegisterWorkflow(w.Implement(fn)); err != nil {
		env.world.fail(err)
	}
	env.world.doubles[w.Name()] = d
	return d
}

// Calls is the number of runs so far.
func (d *WorkflowDouble) Calls() int { return d.calls }

// memberOf makes the environment of a run of that workflow type, which is to begin.
func (w *world) memberOf(workflowType string) *Environment {
	d := w.doubles[workflowType]
	if d == nil {
		return w.member(w.root.registry)
	}
	d.calls++
	env := w.member(&d.registry)
	env.doubled = true
	return env
}
