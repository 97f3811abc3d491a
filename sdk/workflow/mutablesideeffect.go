package workflow

import (
	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/sdk/converter"
)

// MutableSideEffectOptions say more about a mutable side effect.
type MutableSideEffectOptions struct {
	// Summary is shown beside its marker in user interfaces, where the value has changed.
	Summary string
}

// MutableSideEffect is a [SideEffect] that is looked at again: each call runs fn, and its value is recorded in the
// history only if it is not equal to the one recorded last under id. It returns the value recorded last, on every
// replay the same. It is for what changes seldom and is read often, such as a setting. fn and equal must neither
// fail nor block. A value that cannot be encoded fails the workflow task; the error says that the recorded one is no T.
func MutableSideEffect[T any](ctx Context, id string, fn func() T, equal func(a, b T) bool) (T, error) {
	return MutableSideEffectWithOptions(ctx, id, MutableSideEffectOptions{}, fn, equal)
}

// MutableSideEffectWithOptions is [MutableSideEffect] with options.
func MutableSideEffectWithOptions[T any](ctx Context, id string, o MutableSideEffectOptions, fn func() T, equal func(a, b T) bool) (value T, err error) {
	env := ctx.run().env
	dc := env.DataConverter()
	data, err := env.MutableSideEffect(id, o.Summary, func(known *commonpb.Payloads) (*commonpb.Payloads, error) {
		fresh := fn()
		if known != nil {
			var last T
			if err := converter.Decode(dc, known, &last); err != nil || equal(fresh, last) {
				return nil, nil //nolint:nilerr // what is known stays; that it is no T is told below, on replay, too
			}
		}
		return converter.EncodeAll(dc, fresh)
	})
	if err != nil {
		return value, err
	}
	err = converter.Decode(dc, data, &value)
	return value, err
}
