// Package workflow has the shape of that of Temporal's SDK, for the check's tests.
package workflow

import "go.temporal.io/sdk/internal"

type Context = internal.Context

func ExecuteActivity(ctx Context, activity any, args ...any) error { return nil }

func ExecuteLocalActivity(ctx Context, activity any, args ...any) error { return nil }

func MutableSideEffect(ctx Context, id string, f func(ctx Context) any, equals func(a, b any) bool) any {
	return nil
}

func SetQueryHandler(ctx Context, name string, handler any) error { return nil }

func Await(ctx Context, condition func() bool) error { return nil }
