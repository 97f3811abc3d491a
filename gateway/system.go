package gateway

import (
	"context"

	versionpb "go.temporal.io/api/version/v1"
	"go.temporal.io/api/workflowservice/v1"
)

// getSystemInfo tells what this server can do, of what a client may ask before it uses it.
func (g *Gateway) getSystemInfo(context.Context, *workflowservice.GetSystemInfoRequest) (*workflowservice.GetSystemInfoResponse, error) {
	return &workflowservice.GetSystemInfoResponse{
		ServerVersion: g.config.Version,
		Capabilities: &workflowservice.GetSystemInfoResponse_Capabilities{
			SignalAndQueryHeader:            true,
			InternalErrorDifferentiation:    true,
			ActivityFailureIncludeHeartbeat: true,
			EncodedFailureAttributes:        true,
			SdkMetadata:                     true,
		},
	}, nil
}

// getClusterInfo names the cluster by the NATS server's, and its store.
func (g *Gateway) getClusterInfo(context.Context, *workflowservice.GetClusterInfoRequest) (*workflowservice.GetClusterInfoResponse, error) {
	return &workflowservice.GetClusterInfoResponse{
		ServerVersion:    g.config.Version,
		ClusterName:      g.config.Conn.ConnectedClusterName(),
		VersionInfo:      &versionpb.VersionInfo{Current: &versionpb.ReleaseInfo{Version: g.config.Version}},
		PersistenceStore: "nats-jetstream",
	}, nil
}
