package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
)

// taskQueue is that of all machines. Each has one of its own beside it.
const taskQueue = "films"

// Film is fetched to one machine and worked on there. Claim finds the machine, and is answered by its own task queue.
var (
	Film  = workflow.Declare[string, string]("Film")
	Claim = activity.Declare[activity.None, string]("Claim")
	Fetch = activity.Declare[string, string]("Fetch")
	Cut   = activity.Declare[string, string]("Cut")
)

// tries is how often a film is begun, on one machine or another.
const tries = 3

func film(ctx workflow.Context, title string) (cut string, err error) {
	for range tries {
		if cut, err = onOneMachine(ctx, title); err == nil || ctx.Err() != nil {
			return cut, err
		} // else from the beginning: the machine may be gone, and the file with it
	}
	return "", err
}

// onOneMachine has a film fetched and cut by the same machine.
func onOneMachine(ctx workflow.Context, title string) (string, error) {
	anywhere := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 10 * time.Second})
	machine, err := workflow.ExecuteActivity(anywhere, Claim, activity.None{}).Get(ctx)
	if err != nil {
		return "", err
	}
	there := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              machine,
		ScheduleToStartTimeout: 5 * time.Second, // how soon it is noticed that the machine is gone
		StartToCloseTimeout:    time.Minute,
		RetryPolicy:            &workflow.RetryPolicy{MaximumAttempts: 1}, // all of it is tried again
	})
	file, err := workflow.ExecuteActivity(there, Fetch, title).Get(ctx)
	if err != nil {
		return "", err
	}
	return workflow.ExecuteActivity(there, Cut, file).Get(ctx)
}

// machine is a worker's, with a disk that no other has.
type machine struct{ queue, disk string }

func (m machine) claim(context.Context, activity.None) (string, error) { return m.queue, nil }

func (m machine) fetch(_ context.Context, title string) (string, error) {
	file := filepath.Join(m.disk, title)
	return file, os.WriteFile(file, []byte("the whole of "+title), 0o600)
}

func (m machine) cut(_ context.Context, file string) (string, error) {
	if filepath.Dir(file) != m.disk {
		return "", failure.NewNonRetryableApplicationError("it is on the disk of another machine", "NotHere", nil)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("looking for the film: %w", err)
	}
	return "cut: " + string(text), os.Remove(file)
}
