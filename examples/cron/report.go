package main

import (
	"errors"
	"fmt"

	"github.com/perdure/perdure/sdk/workflow"
)

const taskQueue = "reports"

// Report makes a report about something, and counts those that it has made before.
var Report = workflow.Declare[string, string]("Report")

func report(ctx workflow.Context, about string) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err // a schedule whose run is cancelled ends with that; if the run completed, the next would follow
	}
	last, err := workflow.GetLastCompletionResult[string](ctx)
	if errors.Is(err, workflow.ErrNoLastResult) {
		return "first report on " + about, nil
	}
	if err != nil {
		return "", err
	}
	number := 1
	if _, err := fmt.Sscanf(last, "report %d", &number); err != nil {
		number = 1 // after the first
	}
	return fmt.Sprintf("report %d on %s", number+1, about), nil
}
