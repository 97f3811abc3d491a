package matching

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.temporal.io/api/serviceerror"

	"github.com/perdure/perdure/api"
)

const (
	// lookTimeout bounds a look at the stream: one that is asked for before a cluster
	// has a leader, or just as a connection breaks, is never answered and must be
	// asked for again.
	lookTimeout = 2 * time.Second
	// lookPause lies between two looks that failed.
	lookPause = 250 * time.Millisecond

	codeSubjectsOverlap  jetstream.ErrorCode = 10065
	codeMaximumStreams   jetstream.ErrorCode = 10027
	codeMemoryResources  jetstream.ErrorCode = 10028
	codeStorageResources jetstream.ErrorCode = 10047
)

// tasksConfig is the work queue of a namespace. It keeps one message per subject
// and refuses a second one, so that a task that is queued already is not
// queued twice.
func (c *Config) tasksConfig(in api.Incarnation) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:                 c.Names.TasksStream(in),
		Description:          "Tasks that no worker has started; history can queue them again.",
		Subjects:             []string{c.Names.TaskAll(in.Namespace)},
		Retention:            jetstream.WorkQueuePolicy,
		Storage:              c.storage(),
		Replicas:             c.Replicas,
		Discard:              jetstream.DiscardNew,
		DiscardNewPerSubject: true,
		MaxMsgsPerSubject:    1,
	}
}

// openTasks makes or checks TASKS, again and again while nobody answers.
func (m *Matching) openTasks(ctx context.Context, in api.Incarnation) (*jetstream.StreamInfo, error) {
	for {
		info, err := m.makeTasks(ctx, in, 0)
		if err == nil || !transient(err) {
			return info, err
		}
		select {
		case <-ctx.Done():
			return nil, serviceerror.NewUnavailablef("opening the work queue %s: %v; is JetStream enabled and has it a leader?", m.config.Names.TasksStream(in), err)
		case <-time.After(lookPause):
		}
	}
}

// makeTasks makes TASKS if it is absent, with sequences above the one given, and checks it if it is there.
func (m *Matching) makeTasks(ctx context.Context, in api.Incarnation, above uint64) (*jetstream.StreamInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	want := m.config.tasksConfig(in)
	stream, err := m.js.Stream(ctx, want.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		want.FirstSeq = firstSequence(above)
		stream, err = m.js.CreateStream(ctx, want)
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // another process was the faster one
			stream, err = m.js.Stream(ctx, want.Name)
		}
	}
	if err != nil {
		return nil, streamError(want.Name, err)
	}
	info := stream.CachedInfo()
	return info, checkTasks(want, info.Config)
}

// remakeTasks makes a TASKS anew that is there and has lost what was in it, as one in memory without
// replicas has when its server in a cluster is restarted: it is given its old sequences again otherwise.
// One that cannot be deleted is errUndeleted, and is as it was.
func (m *Matching) remakeTasks(ctx context.Context, config jetstream.StreamConfig, above uint64) (*jetstream.StreamInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	// Another process may do the same meanwhile; each sees by the time of its making that it is a new one.
	if err := m.js.DeleteStream(ctx, config.Name); err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, fmt.Errorf("%w: %w", errUndeleted, err)
	}
	config.FirstSeq = firstSequence(above)
	stream, err := m.js.CreateStream(ctx, config)
	if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
		stream, err = m.js.Stream(ctx, config.Name)
	}
	if err != nil {
		return nil, streamError(config.Name, err)
	}
	return stream.CachedInfo(), nil
}

// errUndeleted: nats.go is not told that a request was forbidden, only that nobody answered it.
var errUndeleted = errors.New("deleting the stream is refused or not answered")

// deleteSubject is what a user must be allowed to publish to, so that a stream of that name can be deleted.
func (c *Config) deleteSubject(name string) string {
	prefix := "$JS.API"
	if c.Domain != "" {
		prefix = "$JS." + c.Domain + ".API"
	}
	return prefix + ".STREAM.DELETE." + name
}

// firstSequence is where a TASKS that is made now begins: at the microseconds since 1970, which is
// beyond what one that was lost has reached, since no stream takes a million messages a second. An
// acknowledgement names stream, consumer and sequence, but not which stream of that name: a worker that
// acknowledges a message of the lost one would otherwise take a task out of this one.
func firstSequence(above uint64) uint64 {
	return max(uint64(time.Now().UnixMicro()), above+1)
}

// checkTasks compares what the stream's behaviour depends on. Storage, replicas
// and placement are the operator's to change.
func checkTasks(want, have jetstream.StreamConfig) error {
	same := have.Retention == want.Retention && have.Discard == want.Discard &&
		have.DiscardNewPerSubject && have.MaxMsgsPerSubject == want.MaxMsgsPerSubject &&
		len(have.Subjects) == 1 && have.Subjects[0] == want.Subjects[0]
	if same {
		return nil
	}
	return serviceerror.NewFailedPreconditionf("the stream %s is not the work queue that this service makes: its settings were changed, or it is another's; delete it, and it is made and filled again", want.Name)
}

func streamError(name string, err error) error {
	var refused *jetstream.APIError
	if !errors.As(err, &refused) {
		return fmt.Errorf("stream %s: %w", name, err)
	}
	switch refused.ErrorCode {
	case codeSubjectsOverlap:
		return serviceerror.NewFailedPreconditionf("making the work queue %s: another stream has its subjects (%s); remove that stream, or use another prefix", name, refused.Description)
	case codeMaximumStreams:
		return fmt.Errorf("making the work queue %s: %w: raise the account's limit of streams (max_streams)", name, err)
	case codeMemoryResources, codeStorageResources:
		return fmt.Errorf("making the work queue %s: %w: raise the limits of the account or the server for memory (max_mem) and files (max_file)", name, err)
	}
	return fmt.Errorf("stream %s: %w", name, err)
}

// transient tells errors that pass from those that an operator must see to.
func transient(err error) bool {
	var refused *jetstream.APIError
	if errors.As(err, &refused) {
		return refused.Code == 503 && refused.ErrorCode != jetstream.JSErrCodeJetStreamNotEnabled
	}
	var settled serviceerror.ServiceError
	return !errors.As(err, &settled)
}
