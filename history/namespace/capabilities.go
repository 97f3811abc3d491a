package namespace

import namespacepb "go.temporal.io/api/namespace/v1"

// capabilities are what a client may ask for in a namespace. What is not named is not served, and SDKs and
// the Web UI then do without it, or do not offer it: updates, eager starts, pausing, standalone activities and
// Nexus operations, commands to workers.
func capabilities() *namespacepb.NamespaceInfo_Capabilities {
	return &namespacepb.NamespaceInfo_Capabilities{}
}
