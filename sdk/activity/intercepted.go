package activity

import (
	"context"
	"errors"
	"fmt"

	"github.com/rs/zerolog"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/internal/attempt"
)

// intercept makes the chain of interceptors around an attempt's code, which is execute: the first is next to the
// service and the last next to the code, for what comes in and for what goes out.
func intercept(ctx context.Context, env *attempt.Env, interceptors []Interceptor, execute func(ctx context.Context, input any) (any, error)) (InboundInterceptor, error) {
	var in InboundInterceptor = &inbound{env: env, execute: execute}
	for i := len(interceptors) - 1; i >= 0; i-- {
		if in = interceptors[i].InterceptActivity(ctx, in); in == nil {
			return nil, fmt.Errorf("the interceptor %T returned nil: return next to change nothing", interceptors[i])
		}
	}
	return in, in.Init(outbound{})
}

// inbound is the end of a chain: the attempt's own code.
type inbound struct {
	InboundInterceptorBase
	env     *attempt.Env
	execute func(ctx context.Context, input any) (any, error)
}

func (i *inbound) Init(outbound OutboundInterceptor) error {
	if outbound == nil {
		return errors.New("an interceptor initialized the next one with nil: pass on the outbound interceptor that it got")
	}
	i.env.Outbound = outbound
	return nil
}

func (i *inbound) ExecuteActivity(ctx context.Context, in *ExecuteActivityInput) (any, error) {
	return i.execute(ctx, in.Input)
}

// outbound is the end of the other chain: this package.
type outbound struct{ OutboundInterceptorBase }

func (outbound) GetInfo(ctx context.Context) Info { return Info(attempt.From(ctx).Info) }

func (outbound) GetLogger(ctx context.Context) zerolog.Logger { return attempt.From(ctx).Logger }

func (outbound) RecordHeartbeat(ctx context.Context, details ...any) {
	env := attempt.From(ctx)
	if env.Heartbeat == nil {
		return
	}
	payloads, err := converter.EncodeAll(env.DataConverter, details...)
	if err != nil {
		// The heartbeat itself must not be lost: without it the activity would time out.
		env.Logger.Error().Err(err).Msg("heartbeat without its details: they cannot be encoded")
	}
	env.Heartbeat(payloads)
}
