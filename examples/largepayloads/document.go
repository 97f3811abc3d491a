package main

import (
	"context"
	"strings"
	"time"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/workflow"
)

const taskQueue = "texts"

// Translate has a text translated, into capitals. Nothing of the declarations speaks of sizes.
var (
	Translate = workflow.Declare[string, string]("Translate")
	Upper     = activity.Declare[string, string]("Upper")
)

func translate(ctx workflow.Context, text string) (string, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	return workflow.ExecuteActivity(ctx, Upper, text).Get(ctx)
}

func upper(_ context.Context, text string) (string, error) { return strings.ToUpper(text), nil }
