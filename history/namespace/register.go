package namespace

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go/jetstream"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/history/log"
	"github.com/perdure/perdure/history/rest"
	"github.com/perdure/perdure/history/stream"
)

const (
	defaultRetention = 72 * time.Hour
	minRetention     = time.Hour
	// maxEntry is how many bytes of JSON a namespace's entry may have.
	maxEntry = 64 << 10
)

// RegisterNamespace reserves the name, makes the namespace's streams, and then
// enters it as ready. Of several at once exactly one succeeds; one that is
// repeated after a crash goes on with what the first had reserved.
// serviceerror.NamespaceAlreadyExists, InvalidArgument, Unavailable.
func (r *Registry) RegisterNamespace(ctx context.Context, request *workflowservice.RegisterNamespaceRequest) (*workflowservice.RegisterNamespaceResponse, error) {
	wanted, err := r.settings(request)
	if err != nil {
		return nil, err
	}
	settings, err := r.register(ctx, wanted)
	if err != nil {
		return nil, unavailable("registering namespace "+wanted.Incarnation.Namespace, err)
	}
	if r.config.Serve != nil {
		if err := r.config.Serve(ctx, settings); err != nil {
			return nil, unavailable("namespace "+wanted.Incarnation.Namespace+" is registered; serving it", err)
		}
	}
	return &workflowservice.RegisterNamespaceResponse{}, nil
}

// settings are those that a request asks for: InvalidArgument.
func (r *Registry) settings(request *workflowservice.RegisterNamespaceRequest) (*Settings, error) {
	name := request.GetNamespace()
	if err := api.CheckNamespace(name); err != nil {
		return nil, err
	}
	retention := defaultRetention
	if asked := request.GetWorkflowExecutionRetentionPeriod(); asked != nil {
		var err error
		if retention, err = checkRetention(name, asked); err != nil {
			return nil, err
		}
	}
	switch {
	case request.GetIsGlobalNamespace() || len(request.GetClusters()) > 1:
		return nil, serviceerror.NewInvalidArgumentf("namespace %s: global namespaces are not supported: JetStream's replicas are the replication", name)
	case request.GetHistoryArchivalState() == enumspb.ARCHIVAL_STATE_ENABLED || request.GetVisibilityArchivalState() == enumspb.ARCHIVAL_STATE_ENABLED:
		return nil, serviceerror.NewInvalidArgumentf("namespace %s: archival is not supported", name)
	}
	settings := &Settings{
		Incarnation: api.Incarnation{Namespace: name, Number: 1},
		ID:          uuid.NewString(),
		Description: request.GetDescription(), OwnerEmail: request.GetOwnerEmail(),
		Shards: r.config.Shards, Retention: retention, Replicas: max(1, r.config.Replicas),
		RecordVersion: min(log.Version, rest.Version),
		Created:       time.Now().UTC(),
	}
	if err := settings.takeData(request.GetData()); err != nil {
		return nil, err
	}
	_, err := settings.encode()
	return settings, err
}

func (r *Registry) register(ctx context.Context, wanted *Settings) (*Settings, error) {
	settings, revision, err := r.reserve(ctx, wanted)
	if err != nil {
		return nil, err
	}
	mine := same(settings, wanted)
	if err := r.makeStreams(ctx, settings); err != nil {
		if there, _, readErr := r.read(ctx, settings.Incarnation.Namespace); readErr == nil && there != nil && there.exists() {
			return nil, alreadyExists(settings.Incarnation.Namespace)
		}
		if ctx.Err() == nil {
			r.release(ctx, settings, revision)
		}
		return nil, err
	}
	if err := r.ready(ctx, settings, revision); err != nil {
		return nil, err
	}
	if !mine {
		return nil, alreadyExists(settings.Incarnation.Namespace)
	}
	return settings, nil
}

// reserve enters the namespace as not ready. Where it is entered so already,
// by a registration that has not ended, that entry stands. One that is being deleted is removed first, and what was
// deleted leaves the number of the next incarnation.
func (r *Registry) reserve(ctx context.Context, wanted *Settings) (*Settings, uint64, error) {
	name := wanted.Incarnation.Namespace
	for {
		there, revision, err := r.read(ctx, name)
		switch {
		case err != nil:
			return nil, 0, err
		case there == nil:
			wanted.Incarnation.Number = 1
			revision, err = r.create(ctx, wanted)
		case there.Deleted:
			wanted.Incarnation.Number = there.Incarnation.Number + 1
			revision, err = r.put(ctx, wanted, revision)
		case !there.Deleting.IsZero():
			if err := r.finishDeletion(ctx, there, revision); err != nil {
				return nil, 0, err
			}
			continue
		case there.Ready:
			return nil, 0, alreadyExists(name)
		default:
			return there, revision, nil
		}
		if err == nil {
			return wanted, revision, nil
		}
		if !isConflict(err) && !errors.Is(err, jetstream.ErrKeyExists) {
			return nil, 0, err
		}
	}
}

func (r *Registry) create(ctx context.Context, settings *Settings) (revision uint64, err error) {
	entry, err := settings.encode()
	if err != nil {
		return 0, err
	}
	return r.bucket.Create(ctx, settings.Incarnation.Namespace, entry)
}

// put replaces the entry of that revision, and has it in memory. isConflict tells that another did.
func (r *Registry) put(ctx context.Context, settings *Settings, revision uint64) (written uint64, err error) {
	entry, err := settings.encode()
	if err != nil {
		return 0, err
	}
	if err := r.lock(ctx); err != nil {
		return 0, err
	}
	defer r.unlock()
	written, err = r.bucket.Update(ctx, settings.Incarnation.Namespace, entry, revision)
	if err == nil {
		r.cache.put(settings.clone(), written) // a registration goes on to fill in its settings
	}
	return written, err
}

// ready enters a reservation as ready. AlreadyExists when another did;
// Unavailable when another gave the registration up.
func (r *Registry) ready(ctx context.Context, settings *Settings, revision uint64) error {
	settings.Ready = true
	_, err := r.put(ctx, settings, revision)
	if !isConflict(err) {
		return err
	}
	name := settings.Incarnation.Namespace
	there, _, err := r.read(ctx, name)
	if err == nil && (there == nil || !there.exists()) {
		err = serviceerror.NewUnavailablef("namespace %s was being registered twice and one of them gave up: try again", name)
	}
	if err != nil {
		return err
	}
	return alreadyExists(name)
}

// makeStreams makes what is not there yet and enters when each was made.
// A stream that holds anything is of no registration that has not ended.
func (r *Registry) makeStreams(ctx context.Context, settings *Settings) error {
	js, names := r.config.JetStream, r.config.Names
	for _, name := range settings.streams(names) {
		state, err := stream.Of(js, name).State(ctx)
		if err == nil && state.Last > 0 {
			return serviceerror.NewFailedPreconditionf("stream %s is there already and has been written to, but the registry has no namespace %s: restore the bucket %s from a backup, or, if nothing in the namespace's streams is needed, delete them",
				name, settings.Incarnation.Namespace, names.NamespacesBucket())
		}
		if err != nil && !errors.Is(err, stream.ErrMissing) {
			return err
		}
	}
	if err := r.removeLeft(ctx, settings); err != nil {
		return err
	}
	made := make([]time.Time, settings.Shards)
	var err error
	for shard := range made {
		if made[shard], err = log.Create(ctx, settings.Log(js, names, shard)); err != nil {
			return err
		}
	}
	settings.LogsCreated = made
	if settings.OpenCreated, settings.HistoryCreated, err = rest.Create(ctx, settings.Rest(js, names)); err != nil {
		return err
	}
	settings.PayloadsCreated, err = stream.Create(ctx, js, settings.Payloads(names))
	return err
}

// release takes back a reservation whose streams cannot be made, so that the name
// can be registered otherwise, and then the streams that were made and hold nothing. If
// anything of this fails, the next registration meets it.
func (r *Registry) release(ctx context.Context, settings *Settings, revision uint64) {
	var err error
	if settings.Incarnation.Number > 1 {
		_, err = r.put(ctx, settings.tombstone(settings.before()), revision)
	} else {
		err = r.bucket.Delete(ctx, settings.Incarnation.Namespace, jetstream.LastRevision(revision))
	}
	if err != nil {
		return
	}
	for _, name := range settings.streams(r.config.Names) {
		if state, err := stream.Of(r.config.JetStream, name).State(ctx); err == nil && state.Last == 0 {
			_ = r.config.JetStream.DeleteStream(ctx, name)
		}
	}
}

// same tells whether two registrations ask for the same.
func same(a, b *Settings) bool {
	return a.Description == b.Description && a.OwnerEmail == b.OwnerEmail && a.Retention == b.Retention &&
		a.Shards == b.Shards && a.Replicas == b.Replicas && maps.Equal(a.Data, b.Data) && maps.Equal(a.Limits, b.Limits)
}

func isConflict(err error) bool {
	var e *jetstream.APIError
	return errors.As(err, &e) && (e.ErrorCode == stream.CodeWrongLastSequence || e.ErrorCode == stream.CodeWrongLastSequenceInFlight)
}

func alreadyExists(name string) error {
	return serviceerror.NewNamespaceAlreadyExists(fmt.Sprintf("namespace %s is already registered", name))
}

// unavailable makes an error one of the API's, if it is none.
func unavailable(doing string, err error) error {
	var service serviceerror.ServiceError
	if errors.As(err, &service) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return serviceerror.NewUnavailablef("%s: %v", doing, err)
}
