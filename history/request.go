package history

import (
	"context"
	"sync/atomic"

	"go.temporal.io/api/serviceerror"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/workerpb"
)

// request is a call on its way through the loop.
type request struct {
	ctx        context.Context
	workflowID string
	call       api.Call
	task       *workerpb.Task // that a worker's request speaks of; nil for other requests
	// done gets the one outcome.
	done     func(reply proto.Message, err error)
	answered atomic.Bool
}

type outcome struct {
	reply proto.Message
	err   error
}

// answer gives the outcome, unless there was one.
func (r *request) answer(reply proto.Message, err error) {
	if r.answered.CompareAndSwap(false, true) {
		r.done(reply, err)
	}
}

// gone tells whether it is too late for the request; then it is answered.
func (r *request) gone() bool {
	err := r.ctx.Err()
	if err != nil {
		r.answer(nil, err)
	}
	return err != nil
}

// refuse answers the request that an item of the mailbox is about, if it is about one.
func refuse(item any, refusal error) {
	switch item := item.(type) {
	case *request:
		item.answer(nil, refusal)
	case *refused:
		item.request.answer(nil, refusal)
	case *fetched:
		item.request.answer(nil, refusal)
	}
}

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
