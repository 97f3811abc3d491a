package client

import (
	"context"
	"errors"
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	failurepb "go.temporal.io/api/failure/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/failure"
)

// What a heartbeat is told about an activity that is completed from elsewhere.
var (
	// ErrActivityCanceled says that it was asked to end: complete it with a *failure.CanceledError then.
	ErrActivityCanceled = errors.New("the activity was asked to cancel")
	// ErrActivityPaused says that it was paused: its work should rest. None of its time-outs pass until it goes on.
	ErrActivityPaused = errors.New("the activity was paused")
	// ErrActivityReset says that it was reset: its work should begin again.
	ErrActivityReset = errors.New("the activity was reset")
)

// ActivityID names an activity for those who do not hold its task token.
type ActivityID struct {
	// WorkflowID and RunID are the workflow; an empty run id means its latest run.
	WorkflowID, RunID string
	// ActivityID is the id that the workflow gave the activity, or the id of its scheduled event.
	ActivityID string
}

// CompleteActivity ends an activity that returned activity.ErrResultPending: with result if err is
// nil, as canceled if err is or wraps a *failure.CanceledError, else as failed. The token is that of
// activity.Info. The error is serviceerror.NotFound when the activity is not running any more.
func (c *Client) CompleteActivity(ctx context.Context, token []byte, result any, err error) error {
	o, encodeErr := c.outcome(result, err)
	if encodeErr != nil {
		return encodeErr
	}
	namespace, identity := c.options.Namespace, c.options.Identity
	switch {
	case o.canceled:
		return c.caller.API(ctx, "RespondActivityTaskCanceled", &workflowservice.RespondActivityTaskCanceledRequest{
			TaskToken: token, Details: o.details, Namespace: namespace, Identity: identity,
		}, &workflowservice.RespondActivityTaskCanceledResponse{})
	case o.failure != nil:
		return c.caller.API(ctx, "RespondActivityTaskFailed", &workflowservice.RespondActivityTaskFailedRequest{
			TaskToken: token, Failure: o.failure, Namespace: namespace, Identity: identity,
		}, &workflowservice.RespondActivityTaskFailedResponse{})
	}
	return c.caller.API(ctx, "RespondActivityTaskCompleted", &workflowservice.RespondActivityTaskCompletedRequest{
		TaskToken: token, Result: o.result, Namespace: namespace, Identity: identity,
	}, &workflowservice.RespondActivityTaskCompletedResponse{})
}

// CompleteActivityByID is CompleteActivity for those who know the activity by its id.
func (c *Client) CompleteActivityByID(ctx context.Context, id ActivityID, result any, err error) error {
	o, encodeErr := c.outcome(result, err)
	if encodeErr != nil {
		return encodeErr
	}
	namespace, identity := c.options.Namespace, c.options.Identity
	switch {
	case o.canceled:
		return c.caller.API(ctx, "RespondActivityTaskCanceledById", &workflowservice.RespondActivityTaskCanceledByIdRequest{
			WorkflowId: id.WorkflowID, RunId: id.RunID, ActivityId: id.ActivityID, Details: o.details, Namespace: namespace, Identity: identity,
		}, &workflowservice.RespondActivityTaskCanceledByIdResponse{})
	case o.failure != nil:
		return c.caller.API(ctx, "RespondActivityTaskFailedById", &workflowservice.RespondActivityTaskFailedByIdRequest{
			WorkflowId: id.WorkflowID, RunId: id.RunID, ActivityId: id.ActivityID, Failure: o.failure, Namespace: namespace, Identity: identity,
		}, &workflowservice.RespondActivityTaskFailedByIdResponse{})
	}
	return c.caller.API(ctx, "RespondActivityTaskCompletedById", &workflowservice.RespondActivityTaskCompletedByIdRequest{
		WorkflowId: id.WorkflowID, RunId: id.RunID, ActivityId: id.ActivityID, Result: o.result, Namespace: namespace, Identity: identity,
	}, &workflowservice.RespondActivityTaskCompletedByIdResponse{})
}

// RecordActivityHeartbeat tells that an activity that is completed from elsewhere is alive. The error
// is ErrActivityCanceled, ErrActivityPaused or ErrActivityReset when that was asked for, and serviceerror.NotFound when
// it is not running any more.
func (c *Client) RecordActivityHeartbeat(ctx context.Context, token []byte, details ...any) error {
	payloads, err := converter.EncodeAll(c.options.DataConverter, details...)
	if err != nil {
		return fmt.Errorf("heartbeat details: %w", err)
	}
	return c.heartbeat(ctx, "RecordActivityTaskHeartbeat", &workflowservice.RecordActivityTaskHeartbeatRequest{
		TaskToken: token, Details: payloads, Namespace: c.options.Namespace, Identity: c.options.Identity,
	}, &workflowservice.RecordActivityTaskHeartbeatResponse{})
}

// RecordActivityHeartbeatByID is RecordActivityHeartbeat for those who know the activity by its id.
func (c *Client) RecordActivityHeartbeatByID(ctx context.Context, id ActivityID, details ...any) error {
	payloads, err := converter.EncodeAll(c.options.DataConverter, details...)
	if err != nil {
		return fmt.Errorf("heartbeat details: %w", err)
	}
	return c.heartbeat(ctx, "RecordActivityTaskHeartbeatById", &workflowservice.RecordActivityTaskHeartbeatByIdRequest{
		WorkflowId: id.WorkflowID, RunId: id.RunID, ActivityId: id.ActivityID, Details: payloads,
		Namespace: c.options.Namespace, Identity: c.options.Identity,
	}, &workflowservice.RecordActivityTaskHeartbeatByIdResponse{})
}

// beat is what both answers to a heartbeat tell.
type beat interface {
	proto.Message
	GetCancelRequested() bool
	GetActivityPaused() bool
	GetActivityReset() bool
}

func (c *Client) heartbeat(ctx context.Context, method string, request proto.Message, reply beat) error {
	if err := c.caller.API(ctx, method, request, reply); err != nil {
		return err
	}
	switch {
	case reply.GetCancelRequested():
		return ErrActivityCanceled
	case reply.GetActivityPaused():
		return ErrActivityPaused
	case reply.GetActivityReset():
		return ErrActivityReset
	}
	return nil
}

// outcome is what an activity ended with, encoded.
type outcome struct {
	result   *commonpb.Payloads
	failure  *failurepb.Failure
	canceled bool
	details  *commonpb.Payloads
}

func (c *Client) outcome(result any, err error) (outcome, error) {
	if err == nil {
		payloads, encodeErr := converter.Encode(c.options.DataConverter, result)
		if encodeErr != nil {
			return outcome{}, fmt.Errorf("result of the activity: %w", encodeErr)
		}
		return outcome{result: payloads}, nil
	}
	var canceled *failure.CanceledError
	if errors.As(err, &canceled) {
		f := failure.FromError(c.options.DataConverter, canceled)
		return outcome{canceled: true, details: f.GetCanceledFailureInfo().GetDetails()}, nil
	}
	return outcome{failure: failure.FromError(c.options.DataConverter, err)}, nil
}
