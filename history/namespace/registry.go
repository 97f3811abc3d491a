package namespace

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"
	"go.temporal.io/api/serviceerror"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/history/stream"
)

const (
	defaultShards = 4
	maxShards     = 1024
	// makeTimeout is how long the bucket may take, once JetStream has answered.
	makeTimeout = 5 * time.Second
	// operationHeader is in the marker of a deleted key.
	operationHeader = "KV-Operation"
)

// Config of a Registry.
type Config struct {
	JetStream jetstream.JetStream
	Names     api.Names
	// Replicas of new namespaces' streams and of the registry's bucket; 0: 1.
	Replicas int
	// Shards of new namespaces, at most 1024; 0: 4.
	Shards int
	// PayloadGrace is how long a large payload stays after it was put, whoever holds it; 0: DefaultPayloadGrace.
	PayloadGrace time.Duration
	// LearnInterval is how often the bucket is asked for what other processes have changed; 0: 1 s.
	LearnInterval time.Duration
	Logger        zerolog.Logger
	// Serve is called with a namespace that was registered: by this process before the reply, which its error
	// is then, while the namespace stays; or by another one, where an error has it called again.
	// It is also called for one that has changed, and has nothing to do if that is served. May be nil.
	Serve func(ctx context.Context, settings *Settings) error
	// Close is called with a namespace that is being deleted, or was, before its streams are removed: nothing of it is
	// served when Close returns. May be nil.
	Close func(ctx context.Context, settings *Settings) error
}

// Registry knows the namespaces. Safe for concurrent use.
//
// What decides something, such as a registration, is asked of the bucket's leader. What every request
// needs is in memory (Current): what this process changes is there before its reply, and what
// others change soon after, while the registry is started.
type Registry struct {
	config Config
	bucket jetstream.KeyValue
	// stream is the bucket's, for reading from its leader.
	stream *stream.Stream
	prefix string // of the bucket's subjects
	cache  cache
	id     string // of the deployment
	learner
}

// Open makes or finds the bucket, retrying time-outs until ctx ends, and learns what is in it. Errors:
// stream.ErrNotEnabled, ErrFull, ctx's.
func Open(ctx context.Context, config Config) (*Registry, error) {
	if config.Shards == 0 {
		config.Shards = defaultShards
	}
	if config.Shards < 1 || config.Shards > maxShards {
		return nil, fmt.Errorf("%d shards for new namespaces: use 1 to %d", config.Shards, maxShards)
	}
	if err := config.Names.Validate(); err != nil {
		return nil, err
	}
	config.LearnInterval = cmp.Or(config.LearnInterval, learnInterval)
	config.PayloadGrace = cmp.Or(config.PayloadGrace, DefaultPayloadGrace)
	name := config.Names.NamespacesBucket()
	r := &Registry{
		config: config, stream: stream.Of(config.JetStream, "KV_"+name), prefix: "$KV." + name + ".",
		learner: learner{one: make(chan struct{}, 1)},
	}
	_, err := r.stream.State(ctx)
	if err == nil || errors.Is(err, stream.ErrMissing) {
		r.bucket, err = makeBucket(ctx, config, err != nil)
	}
	if err == nil {
		r.id, err = r.identify(ctx)
	}
	if err == nil {
		err = r.learn(ctx, nil)
	}
	if err != nil {
		return nil, fmt.Errorf("opening the registry of namespaces: %w", stream.Explain("KV_"+name, err))
	}
	return r, nil
}

// makeBucket makes the bucket if it is absent, and finds it otherwise.
func makeBucket(ctx context.Context, config Config, absent bool) (bucket jetstream.KeyValue, err error) {
	ctx, cancel := context.WithTimeout(ctx, makeTimeout)
	defer cancel()
	name := config.Names.NamespacesBucket()
	if absent {
		bucket, err = config.JetStream.CreateKeyValue(ctx, jetstream.KeyValueConfig{
			Bucket: name, Description: "Perdure: namespaces", History: 1,
			Storage: jetstream.FileStorage, Replicas: max(1, config.Replicas),
		})
	}
	if !absent || errors.Is(err, jetstream.ErrBucketExists) {
		bucket, err = config.JetStream.KeyValue(ctx, name)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("the bucket %s is not made: %w: check that JetStream has a leader, and that these credentials may use $JS.API", name, err)
	}
	return bucket, err
}

// Get is one namespace, its streams being as it says. serviceerror.NamespaceNotFound; of package stream
// ErrSettings when the entry cannot be read; ctx's.
func (r *Registry) Get(ctx context.Context, name string) (*Settings, error) {
	settings, revision, err := r.existing(ctx, name)
	if err == nil && settings.RetentionWas != 0 {
		settings, err = r.settleRetention(ctx, settings, revision)
	} else if err == nil && settings.PayloadsCreated.IsZero() {
		settings, err = r.makePayloads(ctx, settings, revision)
	}
	return settings, err
}

// existing is the entry of a namespace that exists, and its revision: NamespaceNotFound.
func (r *Registry) existing(ctx context.Context, name string) (*Settings, uint64, error) {
	settings, revision, err := r.read(ctx, name)
	if err != nil {
		return nil, 0, err
	}
	if settings == nil || !settings.exists() {
		return nil, 0, serviceerror.NewNamespaceNotFound(name)
	}
	return settings, revision, nil
}

// All are all namespaces, by name.
func (r *Registry) All(ctx context.Context) ([]*Settings, error) {
	var names []string
	for subject, err := range r.stream.Subjects(ctx, r.prefix+">") {
		if err != nil {
			return nil, fmt.Errorf("listing namespaces: %w", err)
		}
		names = append(names, strings.TrimPrefix(subject, r.prefix))
	}
	slices.Sort(names)
	var all []*Settings
	for _, name := range slices.Compact(names) {
		settings, _, err := r.read(ctx, name)
		if err != nil {
			return nil, err
		}
		if settings != nil && settings.exists() {
			all = append(all, settings)
		}
	}
	return all, nil
}

// read is the entry of a name, Ready or not, and its revision; nil when there is none.
func (r *Registry) read(ctx context.Context, name string) (*Settings, uint64, error) {
	if invalid := api.CheckNamespace(name); invalid != nil {
		return nil, 0, nil //nolint:nilerr // no namespace has such a name
	}
	m, err := r.stream.Last(ctx, r.prefix+name)
	if errors.Is(err, stream.ErrNoMessage) || err == nil && m.Header.Get(operationHeader) != "" {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("reading namespace %q: %w", name, err)
	}
	settings, err := decodeSettings(name, m.Data)
	return settings, m.Sequence, err
}
