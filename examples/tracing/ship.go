package main

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/opentelemetry"
	"github.com/perdure/perdure/sdk/workflow"
)

const taskQueue = "shipping"

// What the workflow and its activities are called, and what they take and return.
var (
	Ship = workflow.Declare[string, string]("Ship")
	Pack = activity.Declare[string, string]("Pack")
	Send = activity.Declare[string, string]("Send")
)

// ship packs a thing and sends it.
func ship(ctx workflow.Context, thing string) (string, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: time.Minute, RetryPolicy: &workflow.RetryPolicy{InitialInterval: 10 * time.Millisecond},
	})
	parcel, err := workflow.ExecuteActivity(ctx, Pack, thing).Get(ctx)
	if err != nil {
		return "", err
	}
	span, _ := opentelemetry.SpanFromWorkflowContext(ctx)
	span.AddEvent("packed")
	workflow.GetMetricsHandler(ctx).Counter("parcels_packed").Inc(1)
	return workflow.ExecuteActivity(ctx, Send, parcel).Get(ctx)
}

// packer traces what it does within its activity: the span is in the context.
type packer struct{ tracer trace.Tracer }

func (p packer) pack(ctx context.Context, thing string) (string, error) {
	_, span := p.tracer.Start(ctx, "fold the box")
	defer span.End()
	return thing + " in a box", nil
}

// send fails at first: each attempt has its span.
func send(ctx context.Context, parcel string) (string, error) {
	if activity.GetInfo(ctx).Attempt == 1 {
		return "", errors.New("the post office is closed")
	}
	return "CH-1848 (" + parcel + ")", nil
}
