package temporalnats

import (
	"context"
	"errors"

	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/payloadpb"
	"github.com/perdure/perdure/sdk/internal/offload"
)

// newPayloads keeps the large payloads of Temporal's clients, which know nothing of it, out of messages.
func (c *Conn) newPayloads() *offload.Store {
	settings := offload.Settings{Threshold: c.config.PayloadThreshold, Limit: c.config.PayloadLimit}
	return offload.New(c.config.Conn, settings, func(ctx context.Context, namespace string) (*payloadpb.DescribePayloadsResponse, error) {
		call := api.Call{Namespace: namespace, Request: &payloadpb.DescribePayloadsRequest{Namespace: namespace}}
		reply, err := c.service.Call(ctx, api.ClientDoor, api.DescribePayloads, call)
		if err != nil {
			return nil, err
		}
		told, ok := reply.(*payloadpb.DescribePayloadsResponse)
		if !ok {
			return nil, serviceerror.NewInternalf("%T does not tell where large payloads are", reply)
		}
		return told, nil
	})
}

// shorten is a request as the service gets it: references stand for its large payloads.
func (c *Conn) shorten(ctx context.Context, request proto.Message) (proto.Message, error) {
	r, ok := request.(namesNamespace)
	if !ok {
		return request, nil
	}
	short, _, err := c.payloads.Offload(ctx, r.GetNamespace(), request)
	return short, plain(err)
}

// whole is a reply as the caller gets it: with the payloads that references in it stand for, and as many events of a history as fit with
// them. The reply itself is not changed.
func (c *Conn) whole(ctx context.Context, fullMethod string, request, reply proto.Message) (proto.Message, error) {
	r, ok := request.(namesNamespace)
	if !ok || !mayHold(reply) {
		return reply, nil
	}
	encoded, err := proto.Marshal(reply)
	if err != nil {
		return nil, serviceerror.NewInternalf("encoding %T: %v", reply, err)
	}
	if !api.MayHaveReferences(encoded) {
		return reply, nil
	}
	whole := reply.ProtoReflect().New().Interface()
	if err := proto.Unmarshal(encoded, whole); err != nil { // with the events that may be attached to it
		return nil, serviceerror.NewInternalf("decoding %T: %v", reply, err)
	}
	again, err := c.cutToFit(ctx, request, whole)
	if again != nil {
		return c.Call(ctx, fullMethod, again)
	}
	if err == nil {
		err = c.payloads.Resolve(ctx, r.GetNamespace(), whole)
	}
	if err == nil {
		err = c.fits(whole)
	}
	if err != nil {
		return c.unread(ctx, r.GetNamespace(), whole, plain(err))
	}
	return whole, nil
}

// fits refuses a reply that is larger than its caller takes.
func (c *Conn) fits(whole proto.Message) error {
	size := proto.Size(whole)
	if c.config.MaxReply <= 0 || size <= c.config.MaxReply {
		return nil
	}
	return serviceerror.NewFailedPreconditionf("with its large payloads the reply has %d bytes, more than the %d that a client takes: one event alone, or what is no history, has too much: use a client over NATS", size, c.config.MaxReply)
}

// mayHold tells a reply in which there may be an application's payloads, but those of memos.
func mayHold(reply proto.Message) bool {
	switch reply.(type) {
	case *workflowservice.PollWorkflowTaskQueueResponse, *workflowservice.PollActivityTaskQueueResponse,
		*workflowservice.RespondWorkflowTaskCompletedResponse, *workflowservice.QueryWorkflowResponse,
		*workflowservice.GetWorkflowExecutionHistoryResponse, *workflowservice.GetWorkflowExecutionHistoryReverseResponse,
		*workflowservice.DescribeWorkflowExecutionResponse, *workflowservice.UpdateWorkflowExecutionResponse,
		*workflowservice.PollWorkflowExecutionUpdateResponse, *workflowservice.ExecuteMultiOperationResponse:
		return true
	}
	return false
}

// unread is the answer in place of a reply that cannot be made whole. A task fails with the reason, which its history then
// shows, and the poll gets none: its worker could do nothing with it.
func (c *Conn) unread(ctx context.Context, namespace string, reply proto.Message, reason error) (proto.Message, error) {
	failed := &failurepb.Failure{
		Message: "a payload of the task cannot be read: " + reason.Error(), Source: "perdure",
		FailureInfo: &failurepb.Failure_ApplicationFailureInfo{ApplicationFailureInfo: &failurepb.ApplicationFailureInfo{Type: "PayloadUnreadable"}},
	}
	var method string
	var report proto.Message
	switch r := reply.(type) {
	case *workflowservice.PollWorkflowTaskQueueResponse:
		if method, report = c.failTask(namespace, r, failed); method == "" {
			return &workflowservice.PollWorkflowTaskQueueResponse{}, nil // it times out, as it did before
		}
	case *workflowservice.PollActivityTaskQueueResponse:
		method, report = "RespondActivityTaskFailed", &workflowservice.RespondActivityTaskFailedRequest{Namespace: namespace, TaskToken: r.TaskToken, Failure: failed}
	default:
		return nil, reason
	}
	if _, err := c.dispatch(ctx, method, report); err != nil {
		return nil, reason
	}
	return reply.ProtoReflect().New().Interface(), nil
}

// failTask is how a workflow task or a query is failed; only the first attempt is, as by workers.
func (c *Conn) failTask(namespace string, task *workflowservice.PollWorkflowTaskQueueResponse, failed *failurepb.Failure) (method string, report proto.Message) {
	switch {
	case task.GetQuery() != nil:
		return "RespondQueryTaskCompleted", &workflowservice.RespondQueryTaskCompletedRequest{
			Namespace: namespace, TaskToken: task.TaskToken, CompletedType: enumspb.QUERY_RESULT_TYPE_FAILED, ErrorMessage: failed.Message,
		}
	case task.GetAttempt() > 1:
		return "", nil
	}
	return "RespondWorkflowTaskFailed", &workflowservice.RespondWorkflowTaskFailedRequest{
		Namespace: namespace, TaskToken: task.TaskToken, Cause: enumspb.WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE, Failure: failed,
	}
}

// plain is an error as clients know it.
func plain(err error) error {
	var failed *offload.Error
	if errors.As(err, &failed) {
		return failed.Unwrap()
	}
	return err
}
