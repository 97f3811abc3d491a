package namespace

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/history/stream"
)

const (
	// noticeIntervals is for how many intervals a namespace that is being deleted keeps its streams, so that all
	// processes have learned of it and have closed it.
	noticeIntervals = 2
	// removeTimeout bounds the removal of a namespace's streams: what is forbidden is never answered.
	removeTimeout = 5 * time.Second
)

// DeleteNamespace marks the namespace as being deleted, which is its end for all who ask, and then removes its
// streams and with them all its workflows, open ones too. If that fails, or the process ends meanwhile, whoever
// repeats it or registers the name goes on where it was left, and so does the next process that starts. The
// name may be registered again; its incarnation is the next then. NamespaceNotFound, InvalidArgument, Unavailable.
func (r *Registry) DeleteNamespace(ctx context.Context, request *operatorservice.DeleteNamespaceRequest) (*operatorservice.DeleteNamespaceResponse, error) {
	name, err := r.nameOf(ctx, request.GetNamespace(), request.GetNamespaceId())
	if err == nil {
		err = r.delete(ctx, name)
	}
	if err != nil {
		return nil, unavailable("deleting namespace "+name, err)
	}
	return &operatorservice.DeleteNamespaceResponse{DeletedNamespace: name}, nil
}

// nameOf is the name that a request gives, or that of the id it gives.
func (r *Registry) nameOf(ctx context.Context, name, id string) (string, error) {
	switch {
	case name == "" && id == "":
		return "", serviceerror.NewInvalidArgument("namespace or namespace ID is required")
	case name != "" && id != "":
		return "", serviceerror.NewInvalidArgument("only one of namespace or namespace ID must be set")
	case name != "":
		return name, nil
	}
	settings, err := r.byID(ctx, id)
	if err != nil {
		return id, err
	}
	return settings.Incarnation.Namespace, nil
}

func (r *Registry) delete(ctx context.Context, name string) error {
	for {
		there, revision, err := r.read(ctx, name)
		if err != nil {
			return err
		}
		if there == nil || !there.Ready || there.Deleted {
			return serviceerror.NewNamespaceNotFound(name)
		}
		if there.Deleting.IsZero() {
			there.Deleting = time.Now().UTC()
			if revision, err = r.put(ctx, there, revision); isConflict(err) {
				continue
			}
			if err != nil {
				return err
			}
		}
		return r.finishDeletion(ctx, there, revision)
	}
}

// finishDeletion closes a namespace that is being deleted here, gives others the time to do so, removes its streams, and
// leaves its number alone. Several at once do no harm.
func (r *Registry) finishDeletion(ctx context.Context, settings *Settings, revision uint64) error {
	if err := r.close(ctx, settings); err != nil {
		return err
	}
	if err := r.awaitNotice(ctx, settings); err != nil {
		return err
	}
	if err := r.removeStreams(ctx, settings); err != nil {
		return err
	}
	_, err := r.put(ctx, settings.tombstone(settings.Incarnation), revision)
	if isConflict(err) {
		return nil // another process was the faster one
	}
	return err
}

// awaitNotice waits until all processes have closed the namespace. One whose clock is ahead, or that is away from NATS
// for longer, closes it later, and then removes what it has made again meanwhile (bury).
func (r *Registry) awaitNotice(ctx context.Context, settings *Settings) error {
	notice := noticeIntervals * r.config.LearnInterval
	timer := time.NewTimer(min(notice, time.Until(settings.Deleting.Add(notice))))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting until all processes have closed the namespace: %w", ctx.Err())
	}
}

// bury closes a namespace that another process has deleted, and removes what this one may have made of it since.
func (r *Registry) bury(ctx context.Context, settings *Settings) error {
	if err := r.close(ctx, settings); err != nil {
		return err
	}
	return r.removeStreams(ctx, settings)
}

func (r *Registry) close(ctx context.Context, settings *Settings) error {
	if r.config.Close == nil {
		return nil
	}
	if err := r.config.Close(ctx, settings); err != nil {
		return fmt.Errorf("closing it: %w", err)
	}
	return nil
}

// removeStreams removes all of a namespace.
func (r *Registry) removeStreams(ctx context.Context, settings *Settings) error {
	names := r.config.Names
	return r.remove(ctx, append(settings.streams(names), names.TasksStream(settings.Incarnation))...)
}

// removeLeft removes what of the incarnation before may be there again: TASKS, made by a process that learned late of
// the deletion and ended before it could remove it (bury). It would take the subjects of the next one.
func (r *Registry) removeLeft(ctx context.Context, settings *Settings) error {
	if settings.Incarnation.Number == 1 {
		return nil
	}
	return r.remove(ctx, r.config.Names.TasksStream(settings.before()))
}

// remove removes the streams that are there, with their consumers.
func (r *Registry) remove(ctx context.Context, streams ...string) error {
	limited, cancel := context.WithTimeout(ctx, removeTimeout)
	defer cancel()
	for _, name := range streams {
		err := stream.Remove(limited, r.config.JetStream, name)
		if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
			return serviceerror.NewUnavailablef("stream %s is not removed: %v; the server's user must be allowed to publish to the STREAM.DELETE subjects of the namespace's streams; then delete the namespace again", name, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// before is the incarnation before.
func (s *Settings) before() api.Incarnation {
	before := s.Incarnation
	before.Number--
	return before
}

// tombstone is what is left of a namespace: the number of the last incarnation that there was.
func (s *Settings) tombstone(last api.Incarnation) *Settings {
	return &Settings{
		Incarnation: last, ID: s.ID, Shards: s.Shards, Retention: s.Retention, Replicas: s.Replicas,
		RecordVersion: s.RecordVersion, Created: s.Created, Ready: true, Deleted: true,
	}
}
