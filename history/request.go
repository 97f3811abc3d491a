package history

import (
	"context"

	"go.temporal.io/api/serviceerror"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/workerpb"
)

// request is a call on its way through the loop. It gets one outcome.
type request struct {
	ctx        context.Context
	workflowID string
	call       api.Call
	task       *workerpb.Task // that a worker's request speaks of; nil for other requests
	outcome    chan outcome
}

type outcome struct {
	reply proto.Message
	err   error
}

// answer never waits: the channel has room for the one outcome, and a second
// is a mistake that must not stop the loop.
func (r *request) answer(reply proto.Message, err error) {
	select {
	case r.outcome <- outcome{reply, err}:
	default:
	}
}

// gone tells whether nobody waits for the outcome any more.
func (r *request) gone() bool { return r.ctx.Err() != nil }

// requeue asks the loop to queue again all that is owed.
type requeue struct{}

// interrupted is the answer to a request in the middle of which the loop ended; cause may be nil.
func interrupted(cause error) error {
	reason := "the shard stopped serving in the middle of this request: send it again with the same request id"
	if cause != nil {
		reason += ": " + cause.Error()
	}
	return serviceerror.NewUnavailable(reason)
}
