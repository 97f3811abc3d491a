package main

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
)

const taskQueue = "printing"

// Job is a document, and the workflow id of its printer's lock.
type Job struct {
	Lock     string `json:"lock"`
	Document string `json:"document"`
}

// The lock and who uses it. The signals carry the workflow id of who wants the lock, or gives it back.
var (
	Lock    = workflow.Declare[workflow.None, workflow.None]("Lock")
	Print   = workflow.Declare[Job, string]("Print")
	Feed    = activity.Declare[string, activity.None]("Feed")
	Acquire = workflow.DeclareSignal[string]("acquire")
	Granted = workflow.DeclareSignal[workflow.None]("granted")
	Release = workflow.DeclareSignal[string]("release")
)

// lock serves who asks, one after the other. Who does not give it back within a minute has lost it.
func lock(ctx workflow.Context, _ workflow.None) (workflow.None, error) {
	asking, returned := Acquire.Channel(ctx), Release.Channel(ctx)
	for !workflow.GetInfo(ctx).ContinueAsNewAdvice || asking.Len() > 0 {
		if err := workflow.Await(ctx, func() bool { return asking.Len() > 0 }); err != nil {
			return workflow.None{}, err // cancelled
		}
		holder, _ := asking.Receive(ctx)
		_, err := workflow.SignalExternalWorkflow(ctx, holder, "", Granted, workflow.None{}).Get(ctx)
		if gone := (*failure.UnknownExternalWorkflowExecutionError)(nil); errors.As(err, &gone) {
			continue // whoever wanted it does not run any more
		} else if err != nil {
			return workflow.None{}, err
		}
		for by := ""; by != holder; { // what others give back they have lost before
			var came bool
			if by, came, err = returned.ReceiveWithTimeout(ctx, time.Minute); err != nil {
				return workflow.None{}, err
			}
			if !came {
				break
			}
		}
	}
	return workflow.None{}, workflow.NewContinueAsNewError(ctx, Lock, workflow.None{})
}

// printDocument takes the lock, prints, and gives the lock back, whatever came of it.
func printDocument(ctx workflow.Context, j Job) (printed string, err error) {
	self := workflow.GetInfo(ctx).WorkflowID
	if _, err := workflow.SignalExternalWorkflow(ctx, j.Lock, "", Acquire, self).Get(ctx); err != nil {
		if gone := (*failure.UnknownExternalWorkflowExecutionError)(nil); errors.As(err, &gone) {
			return j.Document + " not printed: there is no such printer", nil
		}
		return "", err
	}
	defer func() {
		ctx, cancel := workflow.NewDisconnectedContext(ctx)
		defer cancel()
		_, releaseErr := workflow.SignalExternalWorkflow(ctx, j.Lock, "", Release, self).Get(ctx)
		err = errors.Join(err, releaseErr)
	}()
	if err := workflow.Await(ctx, func() bool { return Granted.Channel(ctx).Len() > 0 }); err != nil {
		return "", err
	}
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 30 * time.Second})
	_, err = workflow.ExecuteActivity(ctx, Feed, j.Document).Get(ctx)
	return j.Document + " printed", err
}

// printer notes how many documents were on it at a time.
type printer struct{ now, most atomic.Int64 }

func (p *printer) feed(context.Context, string) (activity.None, error) {
	now := p.now.Add(1)
	defer p.now.Add(-1)
	for most := p.most.Load(); now > most && !p.most.CompareAndSwap(most, now); most = p.most.Load() {
	}
	return activity.None{}, nil
}
