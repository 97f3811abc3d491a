package opentelemetry

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"

	sdk "github.com/perdure/perdure/sdk/interceptor"
	"github.com/perdure/perdure/sdk/workflow"
)

// ValidateUpdate takes no derived ids: of an update that is rejected the history has nothing, and one that was accepted is not validated
// again on replay.
func (r *run) ValidateUpdate(ctx workflow.Context, in *sdk.UpdateInput) (err error) {
	if r.i.DisableUpdateTracing {
		return r.Next.ValidateUpdate(ctx, in)
	}
	spanned, span := r.i.incoming(context.Background(), "ValidateUpdate:"+in.Name, in.Header, time.Time{}, r.ofUpdate(ctx)...)
	panicked := true
	defer func() {
		if panicked { // which rejects the update
			span.SetStatus(codes.Error, "the validator panicked")
			span.End()
		}
	}()
	err = r.Next.ValidateUpdate(workflow.WithValue(ctx, contextKey{}, spanned), in)
	panicked = false
	end(span, err)
	return err
}

// ExecuteUpdate starts the span on each replay, since what the handler asks for has it as its parent, and ends it when the handler returns for
// the first time: as that of the run.
func (r *run) ExecuteUpdate(ctx workflow.Context, in *sdk.UpdateInput) (any, error) {
	if r.i.DisableUpdateTracing {
		return r.Next.ExecuteUpdate(ctx, in)
	}
	spanned, span := r.i.incoming(r.next(context.Background()), "HandleUpdate:"+in.Name, in.Header, workflow.Now(ctx), r.ofUpdate(ctx)...)
	out, err := r.Next.ExecuteUpdate(workflow.WithValue(ctx, contextKey{}, spanned), in)
	if !workflow.IsReplaying(ctx) {
		end(span, err)
	}
	return out, err
}

func (r *run) ofUpdate(ctx workflow.Context) []attribute.KeyValue {
	info, _ := workflow.GetCurrentUpdateInfo(ctx)
	return append(r.attributes(), updateIDKey.String(info.ID))
}
