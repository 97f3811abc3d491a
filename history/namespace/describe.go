package namespace

import (
	"context"

	enumspb "go.temporal.io/api/enums/v1"
	namespacepb "go.temporal.io/api/namespace/v1"
	replicationpb "go.temporal.io/api/replication/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/durationpb"
)

const (
	// cluster is the name that Temporal's server has for its only cluster.
	cluster         = "active"
	defaultPageSize = 100
	maxPageSize     = 1000
)

// DescribeNamespace by name or id. serviceerror.NamespaceNotFound,
// InvalidArgument, Unavailable.
func (r *Registry) DescribeNamespace(ctx context.Context, request *workflowservice.DescribeNamespaceRequest) (*workflowservice.DescribeNamespaceResponse, error) {
	name, id := request.GetNamespace(), request.GetId()
	var settings *Settings
	var err error
	switch {
	case name == "" && id == "":
		return nil, serviceerror.NewInvalidArgument("give the namespace's name or its id")
	case name != "" && id != "":
		return nil, serviceerror.NewInvalidArgument("GetNamespace operation failed. Both ID and Name specified in request.")
	case name != "":
		settings, err = r.Get(ctx, name)
	default:
		settings, err = r.byID(ctx, id)
	}
	if err != nil {
		return nil, unavailable("describing namespace "+name+id, err)
	}
	return r.describe(settings), nil
}

// byID is the namespace with that id: NamespaceNotFound.
func (r *Registry) byID(ctx context.Context, id string) (*Settings, error) {
	all, err := r.All(ctx)
	if err != nil {
		return nil, err
	}
	for _, settings := range all {
		if settings.ID == id {
			return settings, nil
		}
	}
	return nil, serviceerror.NewNamespaceNotFound(id)
}

// ListNamespaces in the order of their names, paged. InvalidArgument, Unavailable.
func (r *Registry) ListNamespaces(ctx context.Context, request *workflowservice.ListNamespacesRequest) (*workflowservice.ListNamespacesResponse, error) {
	size := int(request.GetPageSize())
	switch {
	case size < 0:
		return nil, serviceerror.NewInvalidArgumentf("the page size is %d", size)
	case size == 0:
		size = defaultPageSize
	}
	size = min(size, maxPageSize)
	all, err := r.All(ctx)
	if err != nil {
		return nil, unavailable("listing namespaces", err)
	}
	response := &workflowservice.ListNamespacesResponse{}
	after := string(request.GetNextPageToken())
	for _, settings := range all {
		name := settings.Incarnation.Namespace
		if name <= after {
			continue
		}
		if n := len(response.Namespaces); n == size {
			response.NextPageToken = []byte(response.Namespaces[n-1].NamespaceInfo.Name)
			break
		}
		response.Namespaces = append(response.Namespaces, r.describe(settings))
	}
	return response, nil
}

func (r *Registry) describe(s *Settings) *workflowservice.DescribeNamespaceResponse {
	return &workflowservice.DescribeNamespaceResponse{
		NamespaceInfo: &namespacepb.NamespaceInfo{
			Name: s.Incarnation.Namespace, Id: s.ID, State: s.state(),
			Description: s.Description, OwnerEmail: s.OwnerEmail, Data: s.data(),
			Capabilities: capabilities(), Limits: r.limits(s),
		},
		Config: &namespacepb.NamespaceConfig{
			WorkflowExecutionRetentionTtl: durationpb.New(s.Retention),
			HistoryArchivalState:          enumspb.ARCHIVAL_STATE_DISABLED,
			VisibilityArchivalState:       enumspb.ARCHIVAL_STATE_DISABLED,
			BadBinaries:                   &namespacepb.BadBinaries{},
		},
		ReplicationConfig: &replicationpb.NamespaceReplicationConfig{
			ActiveClusterName: cluster,
			Clusters:          []*replicationpb.ClusterReplicationConfig{{ClusterName: cluster}},
			State:             enumspb.REPLICATION_STATE_NORMAL,
		},
	}
}
