package namespace

import (
	namespacepb "go.temporal.io/api/namespace/v1"

	"github.com/perdure/perdure/api"
)

// capabilities are what a client may ask for in a namespace. What is not named is not served, and SDKs and
// the Web UI then do without it, or do not offer it: standalone activities and Nexus operations, commands to workers.
func capabilities() *namespacepb.NamespaceInfo_Capabilities {
	return &namespacepb.NamespaceInfo_Capabilities{EagerWorkflowStart: true, SyncUpdate: true, AsyncUpdate: true, WorkflowPause: true}
}

// messageRoom is what an event needs of a message beside its payloads.
const messageRoom = 8 << 10

// limits are what workers and clients may send: SDKs then fail what is too large themselves, with the reason, rather than to send it
// in vain. A memo has to fit one message of NATS; large payloads lie elsewhere, and need not.
func (r *Registry) limits(s *Settings) *namespacepb.NamespaceInfo_Limits {
	most := max(r.config.JetStream.Conn().MaxPayload()-messageRoom, 0)
	set := api.LimitsOf(s.Limits)
	return &namespacepb.NamespaceInfo_Limits{BlobSizeLimitError: set.BlobSize.Error, MemoSizeLimitError: min(most, set.MemoSize.Error)}
}
