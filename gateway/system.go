package gateway

import (
	"context"
	"maps"

	versionpb "go.temporal.io/api/version/v1"
	"go.temporal.io/api/workflowservice/v1"
)

// temporalVersion is the version of Temporal's server whose API and histories these are. Temporal's Web UI
// compares it: from 1.19 on it lists with filters, from 1.23 on it counts by status. SDKs look at capabilities
// alone. What Perdure itself is at stands in GetClusterInfo's version_info.
const temporalVersion = "1.32.0"

const below2 = "<2.0.0"

// supportedClients are Temporal's clients by the versions that may call, as its server tells them.
var supportedClients = map[string]string{
	"temporal-go":         below2,
	"temporal-java":       below2,
	"temporal-php":        below2,
	"temporal-typescript": below2,
	"temporal-cli":        below2,
	"temporal-server":     below2,
	"temporal-ui":         "<3.0.0",
	"Nexus-go-sdk":        below2,
}

// Cluster is what GetClusterInfo says of the deployment.
type Cluster struct {
	// ID is the same at all of its processes, for as long as it exists.
	ID string
	// Shards are those of a new namespace.
	Shards int32
}

// getSystemInfo tells what this server can do, of what a client may ask before it uses it. What is not named is not
// served: schedules, versioning by build id, eager starts, Nexus, deployments that the server scales.
func (g *Gateway) getSystemInfo(context.Context, *workflowservice.GetSystemInfoRequest) (*workflowservice.GetSystemInfoResponse, error) {
	return &workflowservice.GetSystemInfoResponse{
		ServerVersion: temporalVersion,
		Capabilities: &workflowservice.GetSystemInfoResponse_Capabilities{
			SignalAndQueryHeader:            true,
			InternalErrorDifferentiation:    true,
			ActivityFailureIncludeHeartbeat: true,
			EncodedFailureAttributes:        true,
			UpsertMemo:                      true,
			SdkMetadata:                     true,
			CountGroupByExecutionStatus:     true,
		},
	}, nil
}

// getClusterInfo tells of the cluster in the words of Temporal's only one, and what it stores in.
func (g *Gateway) getClusterInfo(context.Context, *workflowservice.GetClusterInfoRequest) (*workflowservice.GetClusterInfoResponse, error) {
	return &workflowservice.GetClusterInfoResponse{
		SupportedClients:  maps.Clone(supportedClients),
		ServerVersion:     temporalVersion,
		ClusterId:         g.config.Cluster.ID,
		ClusterName:       onlyCluster,
		VersionInfo:       &versionpb.VersionInfo{Current: &versionpb.ReleaseInfo{Version: g.config.Version}},
		HistoryShardCount: g.config.Cluster.Shards,
		PersistenceStore:  "nats-jetstream",
		VisibilityStore:   "sqlite",
	}, nil
}
