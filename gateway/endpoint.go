package gateway

import (
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"
	"go.temporal.io/api/serviceerror"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/internal/histogram"
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
	// blocks says that serve returns when the request is served.
	blocks bool

	// latency is of what does not wait for something to happen.
	latency *histogram.Histogram

	// mu guards what follows.
	mu     sync.Mutex
	stats  micro.EndpointStats
	counts map[string]*counted // by namespace
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
		latency: histogram.NewDurations(),
		counts:  map[string]*counted{},
	}
	e.serve, e.blocks = g.route(method.Name)
	if door != api.AdminDoor {
		e.namespace = method.NewRequest().ProtoReflect().Descriptor().Fields().ByName("namespace")
	}
	e.stats = micro.EndpointStats{Name: method.Name, Subject: e.subject, QueueGroup: queueGroup}
	return e, nil
}

// inlineBody is up to what size a body is decoded by the goroutine of its subscription, which
// then hands the request over to others that it does not wait for.
const inlineBody = 16 << 10

// receive takes a request from its subscription, which serves one at a time: what may take long is
// done elsewhere.
func (e *endpoint) receive(m *nats.Msg) {
	g := e.gateway
	if !api.IsInbox(m.Reply) {
		g.unreachable.Warn().Str("method", e.method.Name).Str("reply", clip(m.Reply)).Msg("a request is dropped: its reply subject is no inbox")
		return
	}
	g.running.Add(1)
	x := &exchange{endpoint: e, message: m, began: time.Now()}
	if x.json, x.err = contentType(m); x.json || e.blocks || len(m.Data) > inlineBody {
		g.crew.Do(x.begin)
		return
	}
	x.begin()
}

// read decodes and checks a request.
func (e *endpoint) read(m *nats.Msg, json bool) (call api.Call, err error) {
	call.Namespace, call.QueueToken = e.gateway.config.Names.Caller(e.door, m.Subject)
	call.Request = e.method.NewRequest()
	if err = decode(m.Data, json, call.Request); err != nil {
		return call, err
	}
	size := len(m.Data)
	if json {
		size = proto.Size(call.Request)
	}
	return call, e.accept(call, size)
}

// accept checks a decoded request, which has that many bytes in protobuf, and makes it one of its subject's namespace.
func (e *endpoint) accept(call api.Call, size int) error {
	if err := e.fits(size); err != nil {
		return err
	}
	if e.door != api.AdminDoor {
		if err := e.ownNamespace(call); err != nil {
			return err
		}
	}
	return first(e.check(call), e.gateway.checkStartIn(call))
}

// room is what a request must leave of a message: the event that it leads to is sent to workers with
// ids, names and a token beside it, and one that fits no message would stop its workflow for good.
const room = 8 << 10

// fits refuses a request whose event would fit no message: it has that many bytes in protobuf, which may be
// more than its JSON has.
func (e *endpoint) fits(size int) error {
	if size <= inlineBody {
		return nil // in any max_payload that a server may start with
	}
	limit := e.gateway.config.Conn.MaxPayload()
	if int64(size) > limit-room {
		return serviceerror.NewInvalidArgumentf("the request has %d bytes; of the NATS server's max_payload of %d it may take all but %d: pass less data, or raise max_payload", size, limit, room)
	}
	return nil
}

// ownNamespace makes the subject's namespace the request's.
func (e *endpoint) ownNamespace(call api.Call) error {
	if err := api.CheckNamespace(call.Namespace); err != nil {
		return err
	}
	if r, has := call.Request.(interface{ GetNamespace() string }); has && r.GetNamespace() != call.Namespace {
		if given := r.GetNamespace(); given != "" {
			return serviceerror.NewInvalidArgumentf("the request names the namespace %q, and its subject %q", clip(given), call.Namespace)
		}
		call.Request.ProtoReflect().Set(e.namespace, protoreflect.ValueOfString(call.Namespace))
	}
	return e.gateway.config.Namespaces.Exists(call.Namespace)
}

// count adds a request to the statistics, with the code of its error alone:
// texts name workflows, and statistics are for all namespaces.
func (e *endpoint) count(x *exchange, code string) {
	took, namespace := time.Since(x.began), e.counting(x)
	if x.counted != &e.gateway.longPolls {
		e.latency.Observe(int64(took))
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stats.NumRequests++
	e.stats.ProcessingTime += took
	e.countFor(namespace, code)
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
