package gateway

import (
	"context"

	versionpb "go.temporal.io/api/version/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api"
)

// Cluster is what GetClusterInfo says of the deployment.
type Cluster struct {
	// ID is the same at all of its processes, for as long as it exists.
	ID string
	// Shards are those of a new namespace.
	Shards int32
}

// getSystemInfo tells what this server can do, of what a client may ask before it uses it. What is not named is not
// served: schedules, versioning by build id, Nexus, deployments that the server scales.
func (g *Gateway) getSystemInfo(context.Context, *workflowservice.GetSystemInfoRequest) (*workflowservice.GetSystemInfoResponse, error) {
	return &workflowservice.GetSystemInfoResponse{
		ServerVersion: api.ServerVersion,
		Capabilities: &workflowservice.GetSystemInfoResponse_Capabilities{
			SignalAndQueryHeader:            true,
			InternalErrorDifferentiation:    true,
			ActivityFailureIncludeHeartbeat: true,
			EncodedFailureAttributes:        true,
			UpsertMemo:                      true,
			EagerWorkflowStart:              true,
			SdkMetadata:                     true,
			CountGroupByExecutionStatus:     true,
		},
	}, nil
}

// getClusterInfo tells of the cluster in the words of Temporal's only one, and what it stores in.
func (g *Gateway) getClusterInfo(context.Context, *workflowservice.GetClusterInfoRequest) (*workflowservice.GetClusterInfoResponse, error) {
	return &workflowservice.GetClusterInfoResponse{
		SupportedClients:  api.SupportedClients(),
		ServerVersion:     api.ServerVersion,
		ClusterId:         g.config.Cluster.ID,
		ClusterName:       onlyCluster,
		VersionInfo:       &versionpb.VersionInfo{Current: &versionpb.ReleaseInfo{Version: g.config.Version}},
		HistoryShardCount: g.config.Cluster.Shards,
		PersistenceStore:  "nats-jetstream",
		VisibilityStore:   "sqlite",
	}, nil
}
