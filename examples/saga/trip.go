package main

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
)

const taskQueue = "trips"

// Trip books all that a trip to a place needs, or nothing.
var (
	Trip   = workflow.Declare[string, []string]("Trip")
	Book   = activity.Declare[string, string]("Book")
	Cancel = activity.Declare[string, activity.None]("Cancel")
)

// compensations are the steps that take back what was done.
type compensations []func(ctx workflow.Context) error

func (c *compensations) add(step func(ctx workflow.Context) error) { *c = append(*c, step) }

// run takes the steps, the last that was added first: all of them, also if one fails or the workflow was cancelled.
func (c *compensations) run(ctx workflow.Context) (err error) {
	ctx, cancel := workflow.NewDisconnectedContext(ctx)
	defer cancel()
	for i := len(*c) - 1; i >= 0; i-- {
		err = errors.Join(err, (*c)[i](ctx))
	}
	return err
}

func trip(ctx workflow.Context, to string) (booked []string, err error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 10 * time.Second})
	var undo compensations
	for _, what := range []string{"flight", "hotel", "car"} {
		number, err := workflow.ExecuteActivity(ctx, Book, what+" to "+to).Get(ctx)
		if err != nil {
			if undoErr := undo.run(ctx); undoErr != nil {
				return nil, errors.Join(err, undoErr)
			}
			return nil, err // as it is, so that its type is the failure's
		}
		booked = append(booked, number)
		undo.add(func(ctx workflow.Context) error {
			_, err := workflow.ExecuteActivity(ctx, Cancel, number).Get(ctx)
			return err
		})
	}
	return booked, nil
}

// bookings stand for the agencies, and note what they were asked.
type bookings struct {
	mu    sync.Mutex // guards notes
	notes []string
}

func (b *bookings) book(_ context.Context, what string) (string, error) {
	if what == "car to Atlantis" {
		return "", failure.NewNonRetryableApplicationError("no car can drive there", "NotAvailable", nil)
	}
	b.note("booked: " + what)
	return strings.ReplaceAll(what, " to ", "/"), nil
}

func (b *bookings) cancel(_ context.Context, number string) (activity.None, error) {
	b.note("cancelled: " + number)
	return activity.None{}, nil
}

func (b *bookings) note(line string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.notes = append(b.notes, line)
}

// told returns what was noted, and begins a new page.
func (b *bookings) told() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	notes := b.notes
	b.notes = nil
	return notes
}
