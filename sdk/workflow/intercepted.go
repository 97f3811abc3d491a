package workflow

import (
	"errors"
	"fmt"

	"github.com/rs/zerolog"

	"github.com/perdure/perdure/sdk/internal/engine"
)

// intercepted are the interceptors around a run's code, ending with those of this package, which do the work.
type intercepted struct {
	inbound  InboundInterceptor
	outbound OutboundInterceptor
}

// intercept makes the chains of a run whose code is execute: the first interceptor is next to the service and the last
// next to the code, for what comes in and for what goes out.
func intercept(root Context, execute func(ctx Context, input any) (any, error)) error {
	r := root.run()
	chain, _ := r.env.Interceptors().([]Interceptor)
	r.inbound, r.outbound = &inbound{r: r, execute: execute}, outbound{}
	for i := len(chain) - 1; i >= 0; i-- {
		if r.inbound = chain[i].InterceptWorkflow(root, r.inbound); r.inbound == nil {
			return fmt.Errorf("the interceptor %T returned nil: return next to change nothing", chain[i])
		}
	}
	return r.inbound.Init(outbound{})
}

// inbound is the end of a chain: the run's own code.
type inbound struct {
	InboundInterceptorBase
	r       *run
	execute func(ctx Context, input any) (any, error)
}

func (i *inbound) Init(outbound OutboundInterceptor) error {
	if outbound == nil {
		return errors.New("an interceptor initialized the next one with nil: pass on the outbound interceptor that it got")
	}
	i.r.outbound = outbound
	return nil
}

func (i *inbound) ExecuteWorkflow(ctx Context, in *ExecuteWorkflowInput) (any, error) {
	return i.execute(ctx, in.Input)
}

func (i *inbound) HandleSignal(_ Context, in *HandleSignalInput) error {
	i.r.signalChannel(in.SignalName).SendAsync(in.Input)
	return nil
}

func (i *inbound) HandleQuery(_ Context, in *HandleQueryInput) (any, error) {
	answer, known := i.r.queries[in.QueryType]
	if !known {
		return nil, fmt.Errorf("an interceptor passed on the query %q, which the workflow does not handle", in.QueryType)
	}
	return answer(in.Input)
}

func (i *inbound) ValidateUpdate(ctx Context, in *UpdateInput) error {
	code, err := i.update(in)
	if err != nil {
		return err
	}
	return code.validate(ctx, in.Input)
}

func (i *inbound) ExecuteUpdate(ctx Context, in *UpdateInput) (any, error) {
	code, err := i.update(in)
	if err != nil {
		return nil, err
	}
	return code.execute(ctx, in.Input)
}

// update is the code of the update that has come through interceptors.
func (i *inbound) update(in *UpdateInput) (updateCode, error) {
	code, known := i.r.updates[in.Name]
	if !known {
		return code, fmt.Errorf("an interceptor passed on the update %q, which the workflow does not handle", in.Name)
	}
	return code, nil
}

// outbound is the end of the other chain. Its methods are beside the functions that lead to them.
type outbound struct{ OutboundInterceptorBase }

func (outbound) Go(ctx Context, name string, fn func(ctx Context)) {
	ctx.run().env.Go(name, func() { fn(ctx) })
}

func (outbound) GetLogger(ctx Context) zerolog.Logger { return logger(ctx.run().env) }

func logger(env *engine.Env) zerolog.Logger {
	info := env.Info()
	return env.Logger().With().Str("workflow", info.WorkflowType).Str("workflow_id", info.WorkflowID).Str("run_id", info.RunID).Logger()
}

// passed is a value that has come through interceptors, as the type that is declared for it.
func passed[T any](value any, what string) (T, error) {
	typed, ok := value.(T)
	if !ok && value != nil {
		return typed, fmt.Errorf("%s: an interceptor passed on a %T, where a %T is declared", what, value, typed)
	}
	return typed, nil
}
