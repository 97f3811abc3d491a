package gateway

import (
	enumspb "go.temporal.io/api/enums/v1"
	namespacepb "go.temporal.io/api/namespace/v1"
	replicationpb "go.temporal.io/api/replication/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
)

// routeNamespaces is who serves a method about namespaces and their search attributes; nil for others.
func (g *Gateway) routeNamespaces(method string) serve {
	namespaces := g.config.Namespaces
	switch method {
	case "RegisterNamespace":
		return plain(namespaces.RegisterNamespace)
	case "DescribeNamespace":
		return plain(namespaces.DescribeNamespace)
	case "ListNamespaces":
		return plain(namespaces.ListNamespaces)
	case "UpdateNamespace":
		return plain(namespaces.UpdateNamespace)
	case "DeprecateNamespace":
		return plain(namespaces.DeprecateNamespace)
	case "DeleteNamespace":
		return plain(namespaces.DeleteNamespace)
	case "AddSearchAttributes":
		return plain(namespaces.AddSearchAttributes)
	case "ListSearchAttributes":
		return plain(namespaces.ListSearchAttributes)
	case "RemoveSearchAttributes":
		return plain(namespaces.RemoveSearchAttributes)
	case "GetSearchAttributes":
		return plain(namespaces.GetSearchAttributes)
	}
	return nil
}

// named refuses a request that names no namespace, or one that cannot be.
func named[R interface {
	proto.Message
	GetNamespace() string
}](call api.Call) error {
	return namespaceOf(call.Request.(R).GetNamespace())
}

func namespaceOf(name string) error {
	if name == "" {
		return serviceerror.NewInvalidArgument("Namespace is not set on request.")
	}
	return api.CheckNamespace(name)
}

func checkRegisterNamespace(r *workflowservice.RegisterNamespaceRequest) error {
	return first(
		api.CheckNamespace(r.Namespace),
		duration("WorkflowExecutionRetentionPeriod", r.WorkflowExecutionRetentionPeriod),
		absent("a global namespace", r.IsGlobalNamespace),
		absent("archival", archives(r.HistoryArchivalState) || archives(r.VisibilityArchivalState)),
	)
}

func archives(state enumspb.ArchivalState) bool { return state == enumspb.ARCHIVAL_STATE_ENABLED }

func checkUpdateNamespace(r *workflowservice.UpdateNamespaceRequest) error {
	info, config := r.UpdateInfo, r.Config
	if config == nil {
		config = &namespacepb.NamespaceConfig{}
	}
	err := first(
		namespaceOf(r.Namespace),
		known("State", info.GetState(), enumspb.NamespaceState_name),
		duration("WorkflowExecutionRetentionTtl", config.WorkflowExecutionRetentionTtl),
		absent("archival", archives(config.HistoryArchivalState) || archives(config.VisibilityArchivalState)),
		absent("bad_binaries", len(config.GetBadBinaries().GetBinaries()) > 0 || r.DeleteBadBinary != ""),
		absent("a global namespace", r.PromoteNamespace || replicates(r.ReplicationConfig)),
	)
	if err == nil && len(config.CustomSearchAttributeAliases) > 0 {
		return serviceerror.NewInvalidArgument("CustomSearchAttributeAliases cannot be set: search attributes have no aliases here; see AddSearchAttributes.")
	}
	return err
}

// onlyCluster is the name of Temporal's only cluster where there is one, and of this one.
const onlyCluster = "active"

// replicates tells a configuration that is not that of one cluster.
func replicates(r *replicationpb.NamespaceReplicationConfig) bool {
	for _, cluster := range r.GetClusters() {
		if cluster.GetClusterName() != onlyCluster {
			return true
		}
	}
	return r.GetActiveClusterName() != "" && r.GetActiveClusterName() != onlyCluster || r.GetState() == enumspb.REPLICATION_STATE_HANDOVER
}

func checkDescribeNamespace(r *workflowservice.DescribeNamespaceRequest) error {
	if r.Namespace == "" && r.Id == "" {
		return serviceerror.NewInvalidArgument("Namespace is not set on request.")
	}
	if r.Namespace == "" {
		return nil
	}
	return api.CheckNamespace(r.Namespace)
}
