package gateway

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/rs/zerolog"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/payloadpb"
	"github.com/perdure/perdure/api/workerpb"
	"github.com/perdure/perdure/internal/crew"
	"github.com/perdure/perdure/internal/deadline"
)

// History serves every method about a workflow and its tasks.
type History interface {
	// Execute begins the call, which has passed the gateway's checks, and waits for nothing. done gets
	// the method's reply, or an error of package serviceerror, once, from any goroutine, and does not keep it
	// waiting. A long poll whose context ends is answered with an empty page and its token, not with an error.
	Execute(ctx context.Context, call api.Call, done func(reply proto.Message, err error))
}

// Matching serves the methods about a task queue.
type Matching interface {
	OpenTaskQueue(ctx context.Context, namespace string, request *workerpb.OpenTaskQueueRequest) (*workerpb.OpenTaskQueueResponse, error)
	DescribeTaskQueue(ctx context.Context, namespace string, request *workflowservice.DescribeTaskQueueRequest) (*workflowservice.DescribeTaskQueueResponse, error)
	ListTaskQueuePartitions(ctx context.Context, namespace string, request *workflowservice.ListTaskQueuePartitionsRequest) (*workflowservice.ListTaskQueuePartitionsResponse, error)
	ShutdownWorker(ctx context.Context, namespace string, request *workflowservice.ShutdownWorkerRequest) (*workflowservice.ShutdownWorkerResponse, error)
}

// Namespaces serves the methods about namespaces and their search attributes.
type Namespaces interface {
	RegisterNamespace(ctx context.Context, request *workflowservice.RegisterNamespaceRequest) (*workflowservice.RegisterNamespaceResponse, error)
	DescribeNamespace(ctx context.Context, request *workflowservice.DescribeNamespaceRequest) (*workflowservice.DescribeNamespaceResponse, error)
	ListNamespaces(ctx context.Context, request *workflowservice.ListNamespacesRequest) (*workflowservice.ListNamespacesResponse, error)
	UpdateNamespace(ctx context.Context, request *workflowservice.UpdateNamespaceRequest) (*workflowservice.UpdateNamespaceResponse, error)
	DeprecateNamespace(ctx context.Context, request *workflowservice.DeprecateNamespaceRequest) (*workflowservice.DeprecateNamespaceResponse, error)
	DeleteNamespace(ctx context.Context, request *operatorservice.DeleteNamespaceRequest) (*operatorservice.DeleteNamespaceResponse, error)
	AddSearchAttributes(ctx context.Context, request *operatorservice.AddSearchAttributesRequest) (*operatorservice.AddSearchAttributesResponse, error)
	ListSearchAttributes(ctx context.Context, request *operatorservice.ListSearchAttributesRequest) (*operatorservice.ListSearchAttributesResponse, error)
	RemoveSearchAttributes(ctx context.Context, request *operatorservice.RemoveSearchAttributesRequest) (*operatorservice.RemoveSearchAttributesResponse, error)
	GetSearchAttributes(ctx context.Context, request *workflowservice.GetSearchAttributesRequest) (*workflowservice.GetSearchAttributesResponse, error)
	// DescribePayloads tells where the namespace keeps its large payloads, and looks whether they are there.
	DescribePayloads(ctx context.Context, namespace string, request *payloadpb.DescribePayloadsRequest) (*payloadpb.DescribePayloadsResponse, error)
	// Exists is nil or serviceerror.NamespaceNotFound. It is called for every
	// request and answers from memory.
	Exists(namespace string) error
	// SearchAttributes are the namespace's custom ones, from memory.
	SearchAttributes(namespace string) api.SearchAttributeTypes
	// TakesStarts is nil, or serviceerror.NamespaceInvalidState for one that takes no new workflows, from memory.
	TakesStarts(namespace string) error
}

// Gateway answers requests from Start to Stop.
type Gateway struct {
	config      Config
	requests    limit
	longPolls   limit
	unreachable zerolog.Logger // of requests that are dropped; says so at most once a minute

	// serving ends what is served when Stop gives up; polling ends long polls as soon as it begins.
	serving, polling       context.Context
	endServing, endPolling context.CancelCauseFunc
	running                sync.WaitGroup // requests
	crew                   *crew.Crew
	// The contexts of what is served: of queries, of reads that wait, and of all others.
	queries, reads, others *deadline.Shared

	// mu guards the rest. closed says that nothing is answered any more; whoever
	// answers holds it for reading.
	mu        sync.RWMutex
	subs      []*subscription
	endpoints map[endpointName]*endpoint
	started   bool
	closed    bool
}

// endpointName tells a method at one door from the same at another.
type endpointName struct {
	door   api.Door
	method string
}

// New checks the configuration.
func New(config Config) (*Gateway, error) {
	if err := config.complete(); err != nil {
		return nil, err
	}
	g := &Gateway{
		config:      config,
		requests:    limit{most: int64(config.MaxRequests)},
		longPolls:   limit{most: int64(config.MaxLongPolls)},
		crew:        crew.New(idleHandlers),
		endpoints:   map[endpointName]*endpoint{},
		unreachable: config.Logger.Sample(&zerolog.BurstSampler{Burst: 1, Period: time.Minute}),
	}
	g.serving, g.endServing = context.WithCancelCause(context.Background())
	g.polling, g.endPolling = context.WithCancelCause(g.serving)
	g.others = deadline.NewShared(g.serving, requestTimeout)
	g.queries = deadline.NewShared(g.polling, requestTimeout)
	g.reads = deadline.NewShared(g.polling, config.LongPoll)
	return g, nil
}

// idleHandlers is how many goroutines wait for the next request at most.
const idleHandlers = 512

// flushTimeout is how long the server may take to know the endpoints, or to have the last replies.
const flushTimeout = 10 * time.Second

// Start subscribes all endpoints. When it returns nil, the server routes requests here. A
// gateway is started once.
func (g *Gateway) Start(ctx context.Context) error {
	err := g.openAll()
	if err == nil {
		err = g.flush(ctx) // without mu: the first requests are answered meanwhile
		if err != nil {
			err = fmt.Errorf("gateway: waiting for the server to know the endpoints: %w", err)
		}
	}
	if err != nil && !errors.Is(err, errStarted) {
		g.abandon()
	}
	return err
}

var errStarted = errors.New("gateway: started twice, or after its stop")

func (g *Gateway) openAll() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.started || g.closed {
		return errStarted
	}
	g.started = true
	for _, door := range doors {
		if err := g.open(door); err != nil {
			return fmt.Errorf("gateway: opening the service %s: %w", door.service, err)
		}
	}
	return nil
}

// flush waits until the server has all that was sent to it.
func (g *Gateway) flush(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()
	return g.config.Conn.FlushWithContext(ctx)
}

// abandon takes back a start that failed.
func (g *Gateway) abandon() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	g.endServing(errStopping)
	g.crew.Close()
	for _, s := range g.subs {
		_ = s.sub.Unsubscribe() // fails only when the connection is closed
	}
}

// Stop takes no more requests and waits for those in flight, of which long polls end at once. What
// is not finished when ctx ends is abandoned, and nothing is answered
// once Stop has returned. A second Stop changes nothing.
func (g *Gateway) Stop(ctx context.Context) error {
	g.mu.Lock()
	if g.closed {
		g.mu.Unlock()
		return nil
	}
	subs := g.subs
	g.subs = nil
	g.endPolling(errStopping) // under mu: who has entered is counted
	g.mu.Unlock()

	err := g.drain(ctx, subs)
	if err == nil {
		err = g.flush(ctx)
	}
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.endServing(errStopping)
	g.crew.Close()
	if errors.Is(err, nats.ErrConnectionClosed) {
		err = nil // nobody is left to be answered
	}
	if err != nil {
		return fmt.Errorf("gateway: requests in flight are abandoned: %w", err)
	}
	return nil
}

// drain waits until what has arrived is served.
func (g *Gateway) drain(ctx context.Context, subs []*subscription) error {
	for _, s := range subs {
		if err := s.sub.Drain(); err != nil {
			return err
		}
	}
	for _, s := range subs {
		select {
		case <-s.ended:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	served := make(chan struct{})
	go func() {
		g.running.Wait()
		close(served)
	}()
	select {
	case <-served:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// subscription is a subscription and its end.
type subscription struct {
	sub   *nats.Subscription
	ended chan struct{}
}

// subscribe keeps a subscription for Stop. The caller holds mu.
func (g *Gateway) subscribe(subject, group string, handle nats.MsgHandler) error {
	sub, err := g.config.Conn.QueueSubscribe(subject, group, handle) // an empty group is none
	if err != nil {
		return err
	}
	s := &subscription{sub: sub, ended: make(chan struct{})}
	sub.SetClosedHandler(func(string) { close(s.ended) })
	g.subs = append(g.subs, s)
	return nil
}

// answer publishes a reply, unless the gateway is closed.
func (g *Gateway) answer(subject string, header nats.Header, body []byte) error {
	g.mu.RLock()
	defer g.mu.RUnlock()
	if g.closed {
		return errStopping
	}
	return g.config.Conn.PublishMsg(&nats.Msg{Subject: subject, Header: header, Data: body})
}

// limit counts what is served at a time.
type limit struct {
	most int64
	used atomic.Int64
}

// take is false when all are taken.
func (l *limit) take() bool {
	if l.used.Add(1) <= l.most {
		return true
	}
	l.used.Add(-1)
	return false
}

func (l *limit) give() { l.used.Add(-1) }

var errStopping = errors.New("this server is stopping")
