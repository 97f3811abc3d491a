package workflow

import (
	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/sdk/converter"
)

// SideEffectOptions say more about a side effect.
type SideEffectOptions struct {
	// Summary is shown beside its marker in user interfaces.
	Summary string
}

// SideEffect runs fn once, records its value in the history, and returns the recorded value on every
// replay: for short non-deterministic code, such as reading a setting. fn must not fail or block; what
// can fail belongs in an activity. A value that cannot be encoded fails the workflow task, which is tried again; the error says that the
// recorded one is no T.
func SideEffect[T any](ctx Context, fn func() T) (T, error) {
	return SideEffectWithOptions(ctx, SideEffectOptions{}, fn)
}

// SideEffectWithOptions is [SideEffect] with options.
func SideEffectWithOptions[T any](ctx Context, o SideEffectOptions, fn func() T) (value T, err error) {
	env := ctx.run().env
	data, err := env.SideEffect(o.Summary, func() (*commonpb.Payloads, error) {
		return converter.EncodeAll(env.DataConverter(), fn())
	})
	if err != nil {
		return value, err
	}
	err = converter.Decode(env.DataConverter(), data, &value)
	return value, err
}
