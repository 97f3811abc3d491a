package namespace

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/perdure/perdure/api"
)

// ClusterID is a UUID of the deployment: the same for all processes that share the registry, and for as long as it exists.
func (r *Registry) ClusterID() string { return r.id }

// Shards are how many a namespace gets that is registered now.
func (r *Registry) Shards() int { return r.config.Shards }

// identify derives the deployment's id from when its bucket was made.
func (r *Registry) identify(ctx context.Context) (string, error) {
	state, err := r.stream.State(ctx)
	if err != nil {
		return "", err
	}
	made := state.Created.UTC().Format(time.RFC3339Nano)
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte(r.config.Names.NamespacesBucket()+" "+made)).String(), nil
}

// Gone tells whether an incarnation is known to exist no more, from memory.
func (r *Registry) Gone(in api.Incarnation) bool {
	k, found := r.cache.get(in.Namespace)
	return found && (k.settings.Incarnation.Number > in.Number || k.settings.Incarnation.Number == in.Number && !k.settings.exists())
}
