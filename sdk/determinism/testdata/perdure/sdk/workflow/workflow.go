// Package workflow has the shape of the SDK's, for the check's tests.
package workflow

import "time"

type Context interface{ Err() error }

type None struct{}

type Workflow[In, Out any] struct{ name string }

func Declare[In, Out any](name string) Workflow[In, Out] { return Workflow[In, Out]{name} }

func (w Workflow[In, Out]) Implement(fn func(ctx Context, in In) (Out, error)) any { return fn }

type Query[In, Out any] struct{ name string }

func DeclareQuery[In, Out any](name string) Query[In, Out] { return Query[In, Out]{name} }

func (q Query[In, Out]) Handle(ctx Context, fn func(in In) (Out, error)) {}

func Now(ctx Context) time.Time { return time.Now() }

func IsReplaying(ctx Context) bool { return false }

func Sleep(ctx Context, d time.Duration) error { time.Sleep(d); return nil }

func Go(ctx Context, fn func(ctx Context)) { fn(ctx) }

func Await(ctx Context, condition func() bool) error { return nil }

func SideEffect[T any](ctx Context, fn func() T) (value T, err error) { return fn(), nil }

type SideEffectOptions struct{ Summary string }

func SideEffectWithOptions[T any](ctx Context, o SideEffectOptions, fn func() T) (value T, err error) {
	return fn(), nil
}
