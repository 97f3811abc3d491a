package servicetest

import (
	"strings"
	"sync"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.temporal.io/api/serviceerror"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
)

// Namespace is the only one that the service has.
const Namespace = "default"

// Handler answers one method.
type Handler func(request proto.Message) (proto.Message, error)

// Service is the service of one namespace.
type Service struct {
	conn  *nats.Conn
	js    jetstream.JetStream
	names api.Names
	subs  []*nats.Subscription
	under sync.WaitGroup

	mu       sync.Mutex // guards what follows
	handlers map[string]Handler
	calls    map[string]chan proto.Message
	runs     map[string]*run // by workflow id
	counts   map[string]int
	page     int32
	eager    bool
	refused  int
}

// Start serves on the connection until Stop.
func Start(conn *nats.Conn) (*Service, error) {
	js, err := jetstream.New(conn)
	if err != nil {
		return nil, err
	}
	s := &Service{
		conn: conn, js: js, handlers: map[string]Handler{}, calls: map[string]chan proto.Message{},
		runs: map[string]*run{}, counts: map[string]int{},
	}
	if err := s.makeQueue(); err != nil {
		return nil, err
	}
	s.defaults()
	for _, subject := range []string{s.names.API(Namespace, "*"), strings.Replace(s.names.Worker(Namespace, "x", "*"), ".x.", ".*.", 1)} {
		sub, err := conn.Subscribe(subject, s.serve)
		if err != nil {
			return nil, err
		}
		s.subs = append(s.subs, sub)
	}
	return s, conn.Flush()
}

// Stop ends the service and waits for what it does.
func (s *Service) Stop() {
	for _, sub := range s.subs {
		_ = sub.Unsubscribe()
	}
	s.under.Wait()
}

// On replaces the answer of a method; it returns what answered before.
func (s *Service) On(method string, h Handler) Handler {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.handlers[method]
	s.handlers[method] = h
	return before
}

// Calls has every request of a method from now on sent to the channel that it returns.
func (s *Service) Calls(method string) <-chan proto.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.calls[method] == nil {
		s.calls[method] = make(chan proto.Message, 1000)
	}
	return s.calls[method]
}

// Count is how often a method was called.
func (s *Service) Count(method string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts[method]
}

func (s *Service) serve(message *nats.Msg) {
	name := message.Subject[strings.LastIndexByte(message.Subject, '.')+1:]
	method, found := api.FindMethod(name, api.ClientDoor|api.WorkerDoor)
	if !found {
		s.fail(message, serviceerror.NewUnimplementedf("method %s", name))
		return
	}
	request := method.NewRequest()
	if err := proto.Unmarshal(message.Data, request); err != nil {
		s.fail(message, serviceerror.NewInvalidArgument(err.Error()))
		return
	}
	s.mu.Lock()
	handler, calls := s.handlers[name], s.calls[name]
	s.counts[name]++
	s.mu.Unlock()
	if calls != nil {
		calls <- request
	}
	s.under.Go(func() { s.answer(message, handler, request) })
}

func (s *Service) answer(message *nats.Msg, handler Handler, request proto.Message) {
	if handler == nil {
		s.fail(message, serviceerror.NewUnimplemented("the test's service has no such method"))
		return
	}
	reply, err := handler(request)
	if err != nil {
		s.fail(message, err)
		return
	}
	if reply == nil {
		return // a handler that never answers
	}
	body, err := proto.Marshal(reply)
	if err != nil {
		s.fail(message, err)
		return
	}
	_ = message.Respond(body) // a caller that went away waits for nothing
}

func (s *Service) fail(message *nats.Msg, err error) {
	code, text, body := api.EncodeError(err, false)
	_ = message.RespondMsg(&nats.Msg{Header: nats.Header{api.HeaderErrorCode: {code}, api.HeaderError: {text}}, Data: body})
}
