package activity

import (
	"context"
	"fmt"

	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/internal/attempt"
)

// None is the input or output of an activity that has none.
type None = converter.None

// Activity is a declared activity: a name, and the types of what it takes and returns. It holds no
// code, so a package of declarations can be imported by workflows, workers and clients alike.
type Activity[In, Out any] struct{ name string }

// Declare declares the activity of the given name, of 1 to 1000 bytes. Input and output travel as the
// worker's data converter encodes them: by default as JSON, so fields have to be exported. For an activity written in another language In
// may be [converter.Args], for several arguments, and Out [converter.Raw].
func Declare[In, Out any](name string) Activity[In, Out] { return Activity[In, Out]{name: name} }

// Name is the activity type's name, as histories show it.
func (a Activity[In, Out]) Name() string { return a.name }

// Implement joins the declaration with its code, to be registered with a worker. The code is called from
// several goroutines at once.
func (a Activity[In, Out]) Implement(fn func(ctx context.Context, in In) (Out, error)) Implementation {
	return implementation[In, Out]{name: a.name, fn: fn}
}

// Implementation is the code of one activity: what [Activity.Implement] returns.
type Implementation interface {
	// Name is the activity type's name.
	Name() string
	// Execute decodes the input, runs the code and encodes its output.
	Execute(ctx context.Context, dc converter.DataConverter, input *commonpb.Payloads) (*commonpb.Payloads, error)
}

type implementation[In, Out any] struct {
	name string
	fn   func(context.Context, In) (Out, error)
}

func (i implementation[In, Out]) Name() string { return i.name }

func (i implementation[In, Out]) Execute(ctx context.Context, dc converter.DataConverter, input *commonpb.Payloads) (*commonpb.Payloads, error) {
	var in In
	if err := converter.Decode(dc, input, &in); err != nil {
		return nil, fmt.Errorf("input of activity %s: %w; the caller's declaration must have the same input type", i.name, err)
	}
	out, err := i.intercepted(ctx, in)
	if err != nil {
		return nil, err
	}
	result, err := converter.Encode(dc, out)
	if err != nil {
		return nil, fmt.Errorf("output of activity %s: %w", i.name, err)
	}
	return result, nil
}

// intercepted runs the code behind the attempt's interceptors, if there are any.
func (i implementation[In, Out]) intercepted(ctx context.Context, in In) (any, error) {
	env := attempt.From(ctx)
	if env == nil {
		return i.fn(ctx, in)
	}
	interceptors, _ := env.Interceptors.([]Interceptor)
	if len(interceptors) == 0 {
		return i.fn(ctx, in)
	}
	chain, err := intercept(ctx, env, interceptors, i.execute)
	if err != nil {
		return nil, err
	}
	return chain.ExecuteActivity(ctx, &ExecuteActivityInput{Input: in, Header: env.Header})
}

// execute runs the code with an input that has come through interceptors.
func (i implementation[In, Out]) execute(ctx context.Context, input any) (any, error) {
	in, ok := input.(In)
	if !ok && input != nil {
		return nil, fmt.Errorf("input of activity %s: an interceptor passed on a %T, where a %T is declared", i.name, input, in)
	}
	return i.fn(ctx, in)
}
