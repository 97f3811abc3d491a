package workflow

import "github.com/perdure/perdure/sdk/internal/engine"

// Context is carried through workflow code: cancellation, options and values. It is not a
// context.Context, so that nothing outside the workflow can block on it.
type Context interface {
	// Err is nil, or a *failure.CanceledError once the context is cancelled.
	Err() error
	// Value is what [WithValue] stored under key.
	Value(key any) any

	env() *engine.Env
}

func newRoot(*engine.Env) Context { return nil }
