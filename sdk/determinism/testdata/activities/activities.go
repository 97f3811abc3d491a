package activities

import (
	"context"
	"os"
	"time"

	"go.temporal.io/sdk/workflow"
)

type shop struct{}

func (s *shop) Reserve(ctx context.Context, id string) error {
	_, err := os.ReadFile(id)
	return err
}

// Plain is an activity without a context.
func Plain(id string) time.Time { return time.Now() } // want `time.Now reads .*workflow code: direct → Plain`

func checkout(ctx workflow.Context, id string) error {
	var s *shop
	_ = workflow.ExecuteActivity(ctx, s.Reserve, id)
	_ = workflow.ExecuteActivity(ctx, Plain, id)
	_ = workflow.ExecuteLocalActivity(ctx, func(id string) time.Time { return time.Now() }, id)
	_ = workflow.ExecuteLocalActivity(ctx, func(ctx context.Context) time.Time { return time.Now() })
	_ = workflow.SetQueryHandler(ctx, "q", func() (time.Time, error) { return time.Now(), nil })
	workflow.MutableSideEffect(ctx, "id", func(ctx workflow.Context) any { return time.Now() }, func(a, b any) bool { return a == b })
	workflow.MutableSideEffect(ctx, "named", number, nil)
	var third = func(ctx workflow.Context) any { return time.Now() }
	workflow.MutableSideEffect(ctx, "third", third, nil)
	workflow.MutableSideEffect(ctx, "held", held, nil)
	another := func(ctx workflow.Context) any { return time.Now() }
	workflow.MutableSideEffect(ctx, "another", another, nil)
	return nil
}

var held = func(ctx workflow.Context) any { return time.Now() }

func number(ctx workflow.Context) any { return time.Now() }

func direct(ctx workflow.Context, id string) error {
	_ = Plain(id) // the finding is at Plain
	return nil
}
