package matching

import (
	"context"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/workerpb"
)

type namespace struct{ publisher *publisher }

func (n *namespace) stop(context.Context) error { return nil }

func (m *Matching) startNamespace(in api.Incarnation, info *jetstream.StreamInfo) (*namespace, error) {
	return nil, nil
}

type publisher struct{}

func (p *publisher) add(*workerpb.Task) {}

type sticky struct{}

func startSticky(Config) (*sticky, error)    { return nil, nil }
func (s *sticky) stop(context.Context) error { return nil }
