package gateway

import (
	"context"

	"github.com/nats-io/nats.go"
	"github.com/rs/zerolog"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/workerpb"
)

// History serves every method about a workflow and its tasks.
type History interface {
	// Execute answers the call with the method's reply or an error of package
	// serviceerror. The request has passed the gateway's checks. A long poll whose
	// context ends is answered with an empty page and its token, not with an error.
	Execute(ctx context.Context, call api.Call) (proto.Message, error)
}

// Matching serves the methods about a task queue.
type Matching interface {
	OpenTaskQueue(ctx context.Context, namespace string, request *workerpb.OpenTaskQueueRequest) (*workerpb.OpenTaskQueueResponse, error)
	DescribeTaskQueue(ctx context.Context, namespace string, request *workflowservice.DescribeTaskQueueRequest) (*workflowservice.DescribeTaskQueueResponse, error)
}

// Namespaces serves the methods about namespaces.
type Namespaces interface {
	RegisterNamespace(ctx context.Context, request *workflowservice.RegisterNamespaceRequest) (*workflowservice.RegisterNamespaceResponse, error)
	DescribeNamespace(ctx context.Context, request *workflowservice.DescribeNamespaceRequest) (*workflowservice.DescribeNamespaceResponse, error)
	ListNamespaces(ctx context.Context, request *workflowservice.ListNamespacesRequest) (*workflowservice.ListNamespacesResponse, error)
	// Exists is nil or serviceerror.NamespaceNotFound. It is called for every
	// request and answers from memory.
	Exists(namespace string) error
}

// Config is what a gateway needs. Conn, History, Matching and Namespaces are required.
type Config struct {
	Conn       *nats.Conn
	Names      api.Names
	History    History
	Matching   Matching
	Namespaces Namespaces
	Logger     zerolog.Logger
	// InboxPrefixes are where a reply may go: "_INBOX." by default. Each ends with a
	// dot. Callers of another account, which come through a
	// service import, reply under "_R_.".
	InboxPrefixes []string
	// Version of the server, a semantic version.
	Version string
	// MaxRequests and MaxLongPolls bound what is served at a time, apart from each
	// other so that waiting requests never keep out short ones: 10,000 and 20,000 by default.
	MaxRequests, MaxLongPolls int
}

// Gateway answers requests from Start to Stop.
type Gateway struct {
	config Config
}

// New checks the configuration.
func New(config Config) (*Gateway, error) { return &Gateway{config: config}, nil }

// Start subscribes all endpoints. When it returns nil, the server routes requests here. A
// gateway is started once.
func (g *Gateway) Start(ctx context.Context) error { return nil }

// Stop takes no more requests and waits for those in flight, of which long polls end at once with
// Unavailable. What is not finished when ctx ends is abandoned, and nothing is answered
// once Stop has returned. A second Stop changes nothing.
func (g *Gateway) Stop(ctx context.Context) error { return nil }
