package gateway

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/perdure/perdure/api"
)

// endpoint serves one method at one door.
type endpoint struct {
	gateway *Gateway
	door    api.Door
	method  api.Method
	subject string
	// namespace is the request's field of that name, if it has one.
	namespace protoreflect.FieldDescriptor
	check     check
	serve     serve

	// mu guards stats.
	mu    sync.Mutex
	stats micro.EndpointStats
}

func (g *Gateway) newEndpoint(door api.Door, method api.Method) (*endpoint, error) {
	check, known := checks[method.Name]
	if !known {
		return nil, fmt.Errorf("the method %s has no checks", method.Name)
	}
	e := &endpoint{
		gateway: g,
		door:    door,
		method:  method,
		subject: g.config.Names.Endpoint(door, method.Name),
		check:   check,
		serve:   g.route(method.Name),
	}
	if door != api.AdminDoor {
		e.namespace = method.NewRequest().ProtoReflect().Descriptor().Fields().ByName("namespace")
	}
	e.stats = micro.EndpointStats{Name: method.Name, Subject: e.subject, QueueGroup: queueGroup}
	return e, nil
}

// receive takes a request from its subscription, which serves one at a time:
// all work is done elsewhere.
func (e *endpoint) receive(m *nats.Msg) {
	g := e.gateway
	if !api.IsInbox(m.Reply) {
		g.unreachable.Warn().Str("method", e.method.Name).Str("reply", clip(m.Reply)).Msg("a request is dropped: its reply subject is no inbox")
		return
	}
	if !g.requests.take() {
		e.refuse(m, time.Now(), serviceerror.NewResourceExhausted(enumspb.RESOURCE_EXHAUSTED_CAUSE_CONCURRENT_LIMIT, "this server has as many requests as it serves at a time: try again"))
		return
	}
	g.running.Add(1)
	g.crew.Do(func() {
		defer g.running.Done()
		e.handle(m)
	})
}

// handle serves one request, from its bytes to the bytes of its reply.
func (e *endpoint) handle(m *nats.Msg) {
	counted := &e.gateway.requests
	began := time.Now()
	defer func() {
		counted.give()
		if r := recover(); r != nil {
			// The panic's own text may hold a payload.
			e.gateway.config.Logger.Error().Str("method", e.method.Name).Str("panic", fmt.Sprintf("%T", r)).Bytes("stack", debug.Stack()).Msg("a panic while serving a request")
			e.refuse(m, began, serviceerror.NewInternalf("%s failed in the server, whose log says more", e.method.Name))
		}
	}()
	call, json, err := e.read(m)
	if err != nil {
		e.refuse(m, began, err)
		return
	}
	deadlines, polling := e.gateway.patience(call.Request)
	if polling {
		if !e.gateway.longPolls.take() {
			e.refuse(m, began, serviceerror.NewResourceExhausted(enumspb.RESOURCE_EXHAUSTED_CAUSE_CONCURRENT_LIMIT, "this server has as many long polls as it serves at a time: try again"))
			return
		}
		counted.give()
		counted = &e.gateway.longPolls
	}
	e.finish(m, began, e.reply(deadlines.context(), m, call, json))
}

// reply serves the call and sends its reply. A page of history whose JSON is too large
// for a message is asked for again with half as many events.
func (e *endpoint) reply(ctx context.Context, m *nats.Msg, call api.Call, json bool) error {
	for {
		reply, err := e.serve(ctx, call)
		if err != nil {
			return e.serveError(ctx, err)
		}
		body, err := encode(reply, json)
		if err != nil {
			return fmt.Errorf("encoding the reply of %s: %w", e.method.Name, err)
		}
		err = e.gateway.answer(m.Reply, headerOf(json), body)
		if !errors.Is(err, nats.ErrMaxPayload) {
			return nil // sent, or there is nobody to send it to
		}
		if !json || !halvePage(call.Request, reply) {
			return serviceerror.NewResourceExhaustedf(enumspb.RESOURCE_EXHAUSTED_CAUSE_UNSPECIFIED,
				"the reply of %s has %d bytes, more than the NATS server's max_payload of %d", e.method.Name, len(body), e.gateway.config.Conn.MaxPayload())
		}
	}
}

// read decodes and checks a request.
func (e *endpoint) read(m *nats.Msg) (call api.Call, json bool, err error) {
	if json, err = contentType(m); err != nil {
		return call, json, err
	}
	call.Namespace, call.QueueToken = e.gateway.config.Names.Caller(e.door, m.Subject)
	call.Request = e.method.NewRequest()
	if err = first(decode(m.Data, json, call.Request), e.fits(call.Request)); err != nil {
		return call, json, err
	}
	if e.door != api.AdminDoor {
		if err = e.ownNamespace(call); err != nil {
			return call, json, err
		}
	}
	return call, json, e.check(call)
}

// room is what a request must leave of a message: the event that it leads to is sent to workers with
// ids, names and a token beside it, and one that fits no message would stop its workflow for good.
const room = 8 << 10

// fits refuses a request whose event would fit no message. Its JSON may be smaller than that.
func (e *endpoint) fits(request proto.Message) error {
	limit := e.gateway.config.Conn.MaxPayload()
	if size := int64(proto.Size(request)); size > limit-room {
		return serviceerror.NewInvalidArgumentf("the request has %d bytes; of the NATS server's max_payload of %d it may take all but %d: pass less data, or raise max_payload", size, limit, room)
	}
	return nil
}

// ownNamespace makes the subject's namespace the request's.
func (e *endpoint) ownNamespace(call api.Call) error {
	if err := api.CheckNamespace(call.Namespace); err != nil {
		return err
	}
	if e.namespace != nil {
		request := call.Request.ProtoReflect()
		if given := request.Get(e.namespace).String(); given != "" && given != call.Namespace {
			return serviceerror.NewInvalidArgumentf("the request names the namespace %q, and its subject %q", clip(given), call.Namespace)
		}
		request.Set(e.namespace, protoreflect.ValueOfString(call.Namespace))
	}
	return e.gateway.config.Namespaces.Exists(call.Namespace)
}

// serveError is the error that a caller sees.
func (e *endpoint) serveError(ctx context.Context, err error) error {
	var service serviceerror.ServiceError
	switch {
	case errors.As(err, &service):
		return err
	case errors.Is(context.Cause(ctx), errStopping):
		return serviceerror.NewUnavailablef("%s: %v; send the request again", e.method.Name, errStopping)
	case ctx.Err() != nil:
		return serviceerror.NewDeadlineExceededf("%s was not answered in time", e.method.Name)
	}
	e.gateway.config.Logger.Error().Err(err).Str("method", e.method.Name).Msg("a request failed")
	return serviceerror.NewInternalf("%s: %v", e.method.Name, err)
}

// finish ends a request that was served, and tells its error if it has one.
func (e *endpoint) finish(m *nats.Msg, began time.Time, err error) {
	if err != nil {
		e.refuse(m, began, err)
		return
	}
	e.count(began, "")
}

// refuse answers with an error.
func (e *endpoint) refuse(m *nats.Msg, began time.Time, err error) {
	json, _ := contentType(m)
	header, body := errorReply(err, json)
	e.count(began, api.ErrorCode(err))
	sendErr := e.gateway.answer(m.Reply, header, body)
	if errors.Is(sendErr, nats.ErrMaxPayload) {
		// The details are too large; the headers tell what matters.
		_ = e.gateway.answer(m.Reply, header, []byte(header.Get(api.HeaderError)))
	}
}

// count adds a request to the statistics, with the code of its error alone:
// texts name workflows, and statistics are for all namespaces.
func (e *endpoint) count(began time.Time, code string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stats.NumRequests++
	e.stats.ProcessingTime += time.Since(began)
	if code != "" {
		e.stats.NumErrors++
		e.stats.LastError = code
	}
}

func (e *endpoint) statistics() *micro.EndpointStats {
	e.mu.Lock()
	defer e.mu.Unlock()
	stats := e.stats
	if stats.NumRequests > 0 {
		stats.AverageProcessingTime = stats.ProcessingTime / time.Duration(stats.NumRequests)
	}
	return &stats
}
