package gateway

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/nats-io/nats.go"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
)

// exchange is one request and its reply: begin, served and end follow each other, each perhaps
// in another goroutine.
type exchange struct {
	endpoint *endpoint
	message  *nats.Msg // nil for a request of this process
	local    *local    // nil for one that came in a message
	began    time.Time
	json     bool
	err      error // of the content type
	call     api.Call
	ctx      context.Context //nolint:containedctx // an exchange is one request's scope
	counted  *limit          // nil while the request has no place
	behind   behind          // of the reply
	answered bool
}

// begin decodes and checks the request, and has it served.
func (x *exchange) begin() {
	defer x.survive()
	if err := x.admit(); err != nil {
		x.end(nil, err)
		return
	}
	x.endpoint.serve(x.ctx, x.call, x.served)
}

// admit gives the request its place among those that are served.
func (x *exchange) admit() error {
	g := x.endpoint.gateway
	if !g.requests.take() {
		return serviceerror.NewResourceExhausted(enumspb.RESOURCE_EXHAUSTED_CAUSE_CONCURRENT_LIMIT, "this server has as many requests as it serves at a time: try again")
	}
	x.counted = &g.requests
	if x.err != nil {
		return x.err
	}
	if err := x.read(); err != nil {
		return err
	}
	deadlines, polling := g.patience(x.call.Request)
	if polling {
		if !g.longPolls.take() {
			return serviceerror.NewResourceExhausted(enumspb.RESOURCE_EXHAUSTED_CAUSE_CONCURRENT_LIMIT, "this server has as many long polls as it serves at a time: try again")
		}
		x.counted.give()
		x.counted = &g.longPolls
	}
	x.ctx = deadlines.Context()
	if x.local != nil && polling {
		x.ctx = x.local.bound(x.ctx)
	}
	return nil
}

// read has the request decoded and checked.
func (x *exchange) read() (err error) {
	if x.local != nil {
		return x.endpoint.accept(x.call, proto.Size(x.call.Request))
	}
	x.call, err = x.endpoint.read(x.message, x.json)
	return err
}

// served takes the outcome from whoever served the request: a shard, which is not kept waiting for
// the encoding of JSON.
func (x *exchange) served(reply proto.Message, err error) {
	if x.json && !x.endpoint.blocks {
		x.endpoint.gateway.crew.Do(func() {
			defer x.survive()
			x.end(reply, err)
		})
		return
	}
	defer x.survive()
	x.end(reply, err)
}

// end sends the reply, or the error in its place.
func (x *exchange) end(reply proto.Message, err error) {
	if lag, ok := err.(behind); ok {
		x.behind, err = lag, nil
	}
	if err == nil {
		var again bool
		if again, err = x.send(reply); again {
			x.endpoint.serve(x.ctx, x.call, x.served)
			return
		}
	} else {
		err = x.callerError(err)
	}
	if err != nil {
		x.refuse(err)
	} else {
		x.endpoint.count(x, "")
	}
	x.leave()
}

// send answers. A page of a history or a list whose JSON is too large for a message is to be asked for again, with half
// as many entries.
func (x *exchange) send(reply proto.Message) (again bool, err error) {
	if x.local != nil {
		x.answered = true
		if x.behind > 0 {
			api.Note(x.local.caller, api.HeaderIndexLag, x.behind.text())
		}
		x.local.answer(reply, nil)
		return false, nil
	}
	method, g := x.endpoint.method.Name, x.endpoint.gateway
	body, err := encode(reply, x.json)
	if err != nil {
		return false, fmt.Errorf("encoding the reply of %s: %w", method, err)
	}
	header := headerOf(x.json)
	if x.behind > 0 {
		header = headerBehind(x.json, x.behind)
	}
	err = g.answer(x.message.Reply, header, body)
	if !errors.Is(err, nats.ErrMaxPayload) {
		x.answered = true // or there is nobody to answer
		return false, nil
	}
	if x.json && (halvePage(x.call.Request, reply) || halveList(x.call.Request, reply)) {
		return true, nil
	}
	return false, serviceerror.NewResourceExhaustedf(enumspb.RESOURCE_EXHAUSTED_CAUSE_UNSPECIFIED,
		"the reply of %s has %d bytes, more than the NATS server's max_payload of %d", method, len(body), g.config.Conn.MaxPayload())
}

// callerError is the error that a caller sees.
func (x *exchange) callerError(err error) error {
	method := x.endpoint.method.Name
	var service serviceerror.ServiceError
	switch {
	case errors.As(err, &service):
		return err
	case x.ctx != nil && errors.Is(context.Cause(x.ctx), errStopping):
		return serviceerror.NewUnavailablef("%s: %v; send the request again", method, errStopping)
	case x.ctx != nil && x.ctx.Err() != nil:
		return serviceerror.NewDeadlineExceededf("%s was not answered in time", method)
	}
	x.endpoint.gateway.config.Logger.Error().Err(err).Str("method", method).Msg("a request failed")
	return serviceerror.NewInternalf("%s: %v", method, err)
}

// refuse answers with an error.
func (x *exchange) refuse(err error) {
	x.answered = true
	x.endpoint.count(x, api.ErrorCode(err))
	if x.local != nil {
		x.local.answer(nil, err)
		return
	}
	header, body := errorReply(err, x.json)
	sendErr := x.endpoint.gateway.answer(x.message.Reply, header, body)
	if errors.Is(sendErr, nats.ErrMaxPayload) {
		// The details are too large; the headers tell what matters.
		_ = x.endpoint.gateway.answer(x.message.Reply, header, []byte(header.Get(api.HeaderError)))
	}
}

// survive keeps a panic while one request is served from ending the process.
func (x *exchange) survive() {
	r := recover()
	if r == nil {
		return
	}
	// The panic's own text may hold a payload.
	x.endpoint.gateway.config.Logger.Error().Str("method", x.endpoint.method.Name).Str("panic", fmt.Sprintf("%T", r)).Bytes("stack", debug.Stack()).Msg("a panic while serving a request")
	if !x.answered { // a caller takes the first answer to be the only one
		x.refuse(serviceerror.NewInternalf("%s failed in the server, whose log says more", x.endpoint.method.Name))
	}
	x.leave()
}

// leave gives the request's place to another.
func (x *exchange) leave() {
	if x.counted != nil {
		x.counted.give()
	}
	if x.local != nil {
		x.local.release()
	}
	x.endpoint.gateway.running.Done()
}
