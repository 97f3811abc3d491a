package workflow

import (
	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/sdk/converter"
)

// SideEffect runs fn once, records its value in the history, and returns the recorded value on every
// replay: for short non-deterministic code, such as reading a setting. fn must not fail or block; what
// can fail belongs in an activity. The error is one of converting the value.
func SideEffect[T any](ctx Context, fn func() T) (value T, err error) {
	env := ctx.run().env
	data, err := env.SideEffect(func() (*commonpb.Payloads, error) {
		return converter.EncodeAll(env.DataConverter(), fn())
	})
	if err != nil {
		return value, err
	}
	err = converter.Decode(env.DataConverter(), data, &value)
	return value, err
}
