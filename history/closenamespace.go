package history

import (
	"context"
	"fmt"
)

// CloseNamespace ends what OpenNamespace began, as Stop does for all: from the call on the namespace does not exist here, and
// when it returns nil, nothing of it is written any more. Its streams stay. One that is not open is none to close. When ctx
// ends first, the shards go on ending, and the next CloseNamespace has nothing to wait for.
func (s *Service) CloseNamespace(ctx context.Context, name string) error {
	s.mu.Lock()
	ns := s.namespaces[name]
	delete(s.namespaces, name)
	s.mu.Unlock()
	if ns == nil {
		return nil
	}
	ns.sweeper.Stop()
	return stopShards(ctx, ns.shards)
}

// stopShards has all stop, and waits for them.
func stopShards(ctx context.Context, shards []*shard) error {
	for _, sh := range shards {
		sh.stop()
	}
	for _, sh := range shards {
		select {
		case <-sh.done:
		case <-ctx.Done():
			return fmt.Errorf("stopping shard %s: %w", sh.name(), ctx.Err())
		}
	}
	return nil
}
