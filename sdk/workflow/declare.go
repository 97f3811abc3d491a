package workflow

import (
	"fmt"

	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/internal/engine"
)

// None is the input or output of a workflow, signal, query or update that has none.
type None = converter.None

// Workflow is a declared workflow: a name, and the types of what it takes and returns. It holds no
// code, so a package of declarations can be imported by clients as well.
type Workflow[In, Out any] struct{ name string }

// Declare declares the workflow of the given name, of 1 to 1000 bytes. Input and output travel as the
// worker's data converter encodes them: by default as JSON, so fields have to be exported. For a workflow written in
// another language In may be [converter.Args], for several arguments, and Out [converter.Raw].
func Declare[In, Out any](name string) Workflow[In, Out] { return Workflow[In, Out]{name: name} }

// Name is the workflow type's name, as histories show it.
func (w Workflow[In, Out]) Name() string { return w.name }

// Implement joins the declaration with its code, to be registered with a worker or a test environment. The code
// has to be deterministic; see the package's comment for what its errors and panics do.
func (w Workflow[In, Out]) Implement(fn func(ctx Context, in In) (Out, error)) Implementation {
	return implementation[In, Out]{name: w.name, fn: fn}
}

// Implementation is the code of one workflow: what [Workflow.Implement] returns.
type Implementation = engine.Implementation

type implementation[In, Out any] struct {
	name string
	fn   func(Context, In) (Out, error)
}

func (i implementation[In, Out]) Name() string { return i.name }

func (i implementation[In, Out]) Run(env *engine.Env, input *commonpb.Payloads) (*commonpb.Payloads, error) {
	var in In
	dc := env.DataConverter()
	if err := converter.Decode(dc, input, &in); err != nil {
		return nil, fmt.Errorf("input of workflow %s: %w; the caller's declaration must have the same input type", i.name, err)
	}
	root := newRoot(env)
	if err := intercept(root, i.execute); err != nil {
		panic(err) // a fault of the worker's, not the workflow's
	}
	out, err := root.run().inbound.ExecuteWorkflow(root, &ExecuteWorkflowInput{Input: in, Header: env.Header().GetFields()})
	if err != nil {
		return nil, err
	}
	result, err := converter.Encode(dc, out)
	if err != nil {
		return nil, fmt.Errorf("output of workflow %s: %w", i.name, err)
	}
	return result, nil
}

// execute runs the code with an input that has come through interceptors.
func (i implementation[In, Out]) execute(ctx Context, input any) (any, error) {
	in, err := passed[In](input, "input of workflow "+i.name)
	if err != nil {
		return nil, err
	}
	return i.fn(ctx, in)
}
