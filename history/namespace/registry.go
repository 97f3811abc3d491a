package namespace

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/history/log"
	"github.com/perdure/perdure/history/rest"
)

// Settings are a namespace as it is in the registry. Its name is Incarnation.Namespace.
type Settings struct {
	Incarnation api.Incarnation
	// ID is a UUID.
	ID string
	// Description, OwnerEmail and Data are the user's.
	Description, OwnerEmail string
	Data                    map[string]string
	Shards                  int
	Retention               time.Duration
	Replicas                int
	// RecordVersion is the version of what is written.
	RecordVersion uint32
	Created       time.Time
	// When each stream was made, for the check on every open.
	LogsCreated                 []time.Time // by shard
	OpenCreated, HistoryCreated time.Time
}

// Log is the configuration of a shard's log.
func (s *Settings) Log(js jetstream.JetStream, names api.Names, shard int) log.Config {
	return log.Config{}
}

// Rest is the configuration of the namespace's runs at rest.
func (s *Settings) Rest(js jetstream.JetStream, names api.Names) rest.Config { return rest.Config{} }

// Config of a Registry.
type Config struct {
	JetStream jetstream.JetStream
	Names     api.Names
	// Replicas of new namespaces and of the registry's bucket; 0: 1.
	Replicas int
	// Shards of new namespaces; 0: 4.
	Shards int
	// Registered is called when a namespace has been registered, before the
	// reply: history opens its shards. Its error is the caller's reply; the
	// namespace stays. May be nil.
	Registered func(ctx context.Context, settings *Settings) error
}

// Registry knows the namespaces. Safe for concurrent use; no goroutine.
type Registry struct{ config Config }

// Open makes or finds the bucket, retrying time-outs until ctx ends. stream.ErrNotEnabled.
func Open(ctx context.Context, config Config) (*Registry, error) { return nil, errors.ErrUnsupported }

// Get is one namespace. serviceerror.NamespaceNotFound.
func (r *Registry) Get(ctx context.Context, name string) (*Settings, error) {
	return nil, errors.ErrUnsupported
}

// All are all namespaces, by name.
func (r *Registry) All(ctx context.Context) ([]*Settings, error) { return nil, errors.ErrUnsupported }

// RegisterNamespace makes the namespace's streams and then its record: of
// several at once, or one that is repeated after a crash, exactly one succeeds.
// serviceerror.NamespaceAlreadyExists, InvalidArgument, Unavailable.
func (r *Registry) RegisterNamespace(ctx context.Context, request *workflowservice.RegisterNamespaceRequest) (*workflowservice.RegisterNamespaceResponse, error) {
	return nil, errors.ErrUnsupported
}

// DescribeNamespace by name or id. serviceerror.NamespaceNotFound, InvalidArgument.
func (r *Registry) DescribeNamespace(ctx context.Context, request *workflowservice.DescribeNamespaceRequest) (*workflowservice.DescribeNamespaceResponse, error) {
	return nil, errors.ErrUnsupported
}

// ListNamespaces in the order of their names, paged.
func (r *Registry) ListNamespaces(ctx context.Context, request *workflowservice.ListNamespacesRequest) (*workflowservice.ListNamespacesResponse, error) {
	return nil, errors.ErrUnsupported
}
