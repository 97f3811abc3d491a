package monitor

import (
	"github.com/nats-io/nats.go"

	"github.com/perdure/perdure/gateway"
	"github.com/perdure/perdure/history"
	"github.com/perdure/perdure/matching"
	"github.com/perdure/perdure/visibility"
)

// Sources are what there is to tell of. All of them answer from memory, from any goroutine. What is nil is left out.
type Sources struct {
	History interface {
		Statistics() []history.ShardStatistics
	}
	Matching   interface{ Statistics() matching.Statistics }
	Gateway    interface{ Statistics() gateway.Statistics }
	Visibility interface {
		Statistics() []visibility.Statistics
	}
	// Connection is the server's own to NATS.
	Connection *nats.Conn
	// Unserved are the namespaces that cannot be served, and why.
	Unserved func() map[string]string
	// NATSClients are the connections that the embedded NATS server has.
	NATSClients func() int
	// GRPCConnections are those of Temporal's clients.
	GRPCConnections func() int
}
