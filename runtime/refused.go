package runtime

import (
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/perdure/perdure/history/stream"
)

// Codes of JetStream's errors, as in the server's errors.json, when there are fewer servers than copies.
const (
	codeNoPeers     = 10005
	codeNotACluster = 10074
)

// errReplicas is that streams cannot have as many copies as they should.
var errReplicas = errors.New("the copies of a stream need a NATS cluster of at least that many servers with JetStream: use --replicas 1 on a single server")

// errNoDomain is that nobody answers for a JetStream domain.
var errNoDomain = errors.New("there is no JetStream domain of that name, or it cannot be reached from here")

// explainStart says what to do where JetStream refuses what the settings ask for.
func (s *Server) explainStart(domain string, err error) error {
	var refused *jetstream.APIError
	switch {
	case domain != "" && errors.Is(err, stream.ErrNotEnabled):
		return fmt.Errorf("JetStream domain %q, by way of %s: %w: check --js-domain (or the context's), and the leaf node connection to it", domain, s.url, errNoDomain)
	case s.config.Replicas > 1 && errors.As(err, &refused) && (refused.ErrorCode == codeNoPeers || refused.ErrorCode == codeNotACluster):
		return fmt.Errorf("replicas %d: %w: %w", s.config.Replicas, errReplicas, err)
	}
	return err
}

// checkReplicas refuses copies on an embedded server that is alone, before anything is made.
func checkReplicas(replicas int, clustered bool) error {
	if replicas > 1 && !clustered {
		return fmt.Errorf("replicas %d: the embedded NATS is a single server: %w", replicas, errReplicas)
	}
	return nil
}
