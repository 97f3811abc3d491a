package temporalnats

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/rs/zerolog"
	"go.temporal.io/api/serviceerror"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/sdk/internal/call"
	"github.com/perdure/perdure/sdk/internal/offload"
)

// Config of a Conn. Conn is required.
type Config struct {
	// Conn stays the caller's, and has to outlive what is made of it.
	Conn  *nats.Conn
	Names api.Names
	// Service answers what is no poll; nil: whoever serves the namespace on Conn.
	Service Service
	// LongPoll is how long a poll waits for a task; 0: 60 s, as with Temporal. A shorter deadline of the caller's counts.
	LongPoll time.Duration
	// MaxPolls bounds the polls at a time; 0: 20,000.
	MaxPolls int
	// PayloadThreshold is the size in bytes above which a payload lies in an object store of its namespace, and is no matter of
	// NATS's max_payload: at least 1 KiB; 0: 128 KiB; below 0: none does.
	PayloadThreshold int
	// PayloadLimit is how many bytes such a payload may have; 0: 64 MiB.
	PayloadLimit int
	// MaxReply is how many bytes a reply may have with its large payloads; 0: any number.
	MaxReply int
	Logger   zerolog.Logger
}

// Service answers the methods of Perdure's doors.
type Service interface {
	// Call answers one request. The reply is not changed. Errors are of package serviceerror, or the context's.
	Call(ctx context.Context, door api.Door, method string, call api.Call) (proto.Message, error)
}

// Conn is Temporal's API over NATS. It is safe for concurrent use; Close it.
type Conn struct {
	config  Config
	caller  *call.Caller
	service Service
	queries *queries
	// payloads keeps the large payloads of Temporal's clients, which know nothing of it, out of messages.
	payloads *offload.Store

	// ctx ends with Close, and with it all polls.
	ctx    context.Context //nolint:containedctx // the scope of what goes on between calls
	cancel context.CancelFunc

	mu     sync.Mutex // guards what follows
	desks  map[deskKey]*desk
	polls  int
	closed bool
	work   sync.WaitGroup // pullers, and tasks that are being started
}

// New makes a Conn on a NATS connection.
func New(config Config) (*Conn, error) {
	if config.Conn == nil {
		return nil, errors.New("temporalnats: no NATS connection")
	}
	if err := config.Names.Validate(); err != nil {
		return nil, fmt.Errorf("temporalnats: %w", err)
	}
	if err := (offload.Settings{Threshold: config.PayloadThreshold, Limit: config.PayloadLimit}).Validate(); err != nil {
		return nil, fmt.Errorf("temporalnats: %w", err)
	}
	if config.LongPoll <= 0 {
		config.LongPoll = 60 * time.Second
	}
	if config.MaxPolls <= 0 {
		config.MaxPolls = 20_000
	}
	caller, err := call.New(config.Conn, config.Names, "")
	if err != nil {
		return nil, fmt.Errorf("temporalnats: %w", err)
	}
	c := &Conn{config: config, caller: caller, service: config.Service, desks: map[deskKey]*desk{}}
	c.queries = newQueries(config.Conn)
	if c.service == nil {
		c.service = remote{caller}
	}
	c.payloads = c.newPayloads()
	c.ctx, c.cancel = context.WithCancel(context.Background())
	return c, nil
}

// Close ends all polls, with nothing in their replies, and gives back what was not handed out. A task that is being
// started for a poll is still its reply, within a moment (closeGrace). Twice is safe.
func (c *Conn) Close() {
	c.mu.Lock()
	c.closed = true
	open := c.desks
	c.desks = map[deskKey]*desk{}
	for _, d := range open {
		if d.idle != nil {
			d.idle.Stop()
		}
	}
	c.mu.Unlock()
	c.cancel()
	for _, d := range open {
		d.refuseHeld()
	}
	c.work.Wait()
	c.queries.close()
	c.caller.Close()
}

// DialOptions let Temporal's SDK use the Conn: nothing is ever dialed.
func (c *Conn) DialOptions() []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithChainUnaryInterceptor(func(ctx context.Context, method string, request, reply any, _ *grpc.ClientConn, _ grpc.UnaryInvoker, _ ...grpc.CallOption) error {
			return c.Invoke(ctx, method, request, reply)
		}),
	}
}

// Invoke calls a method by its full name, such as
// /temporal.api.workflowservice.v1.WorkflowService/StartWorkflowExecution. Errors are gRPC statuses.
func (c *Conn) Invoke(ctx context.Context, fullMethod string, request, reply any, _ ...grpc.CallOption) error {
	in, ok := request.(proto.Message)
	out, ok2 := reply.(proto.Message)
	if !ok || !ok2 {
		return api.ErrorStatus(serviceerror.NewInternalf("%s with %T and %T: they are no protobuf messages", fullMethod, request, reply)).Err()
	}
	answer, err := c.Call(ctx, fullMethod, in)
	if err != nil {
		return api.ErrorStatus(err).Err()
	}
	if err := c.copyReply(out, answer); err != nil {
		return api.ErrorStatus(serviceerror.NewInternalf("%s: copying the reply: %v", fullMethod, err)).Err()
	}
	return nil
}

// copyReply goes by way of the encoding where the service is in this process: its replies may hold events as they
// are encoded, in fields that only a reader of the encoding knows.
func (c *Conn) copyReply(out, answer proto.Message) error {
	if c.config.Service == nil {
		takeOver(out, answer)
		return nil
	}
	encoded, err := proto.Marshal(answer)
	if err != nil {
		return err
	}
	return proto.Unmarshal(encoded, out)
}

// NewStream refuses: the API has no streams.
func (c *Conn) NewStream(_ context.Context, _ *grpc.StreamDesc, fullMethod string, _ ...grpc.CallOption) (grpc.ClientStream, error) {
	return nil, api.ErrorStatus(serviceerror.NewUnimplementedf("%s: there are no streams", fullMethod)).Err()
}

// Call is Invoke for one who takes the reply as it is: it must not be changed. Errors are of package
// serviceerror, or the context's.
func (c *Conn) Call(ctx context.Context, fullMethod string, request proto.Message) (proto.Message, error) {
	if fullMethod == grpc_health_v1.Health_Check_FullMethodName {
		return c.checkHealth()
	}
	short, err := c.shorten(ctx, request)
	if err != nil {
		return nil, err
	}
	reply, err := c.dispatch(ctx, fullMethod[strings.LastIndexByte(fullMethod, '/')+1:], short)
	if err != nil {
		return nil, err
	}
	return c.whole(ctx, fullMethod, request, reply)
}

// dispatch has a request answered here or by the service.
func (c *Conn) dispatch(ctx context.Context, method string, request proto.Message) (proto.Message, error) {
	if serve := own[method]; serve != nil {
		return serve(c, ctx, request)
	}
	return c.forward(ctx, method, request)
}

// own are the methods that are served here.
var own = map[string]func(*Conn, context.Context, proto.Message) (proto.Message, error){
	"PollWorkflowTaskQueue":     (*Conn).pollWorkflow,
	"PollActivityTaskQueue":     (*Conn).pollActivity,
	"RespondQueryTaskCompleted": (*Conn).respondQuery,
	"ShutdownWorker":            (*Conn).shutdownWorker,
}
