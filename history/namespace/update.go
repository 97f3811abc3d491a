package namespace

import (
	"context"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/history/stream"
)

// maxRetention is what Temporal caps a retention at: a hundred years.
const maxRetention = 100 * 365 * 24 * time.Hour

// UpdateNamespace changes what the request gives; data is merged. A change of the retention is one of the
// stream HISTORY too, and counts for workflows that have ended already. NamespaceNotFound, InvalidArgument, Unavailable.
func (r *Registry) UpdateNamespace(ctx context.Context, request *workflowservice.UpdateNamespaceRequest) (*workflowservice.UpdateNamespaceResponse, error) {
	name := request.GetNamespace()
	settings, err := r.change(ctx, name, func(s *Settings) error { return s.update(request) })
	if err != nil {
		return nil, unavailable("updating namespace "+name, err)
	}
	described := r.describe(settings)
	return &workflowservice.UpdateNamespaceResponse{
		NamespaceInfo: described.NamespaceInfo, Config: described.Config, ReplicationConfig: described.ReplicationConfig,
	}, nil
}

// DeprecateNamespace has the namespace take no new workflows; those that are open run on. Nothing takes it back.
// NamespaceNotFound, Unavailable.
func (r *Registry) DeprecateNamespace(ctx context.Context, request *workflowservice.DeprecateNamespaceRequest) (*workflowservice.DeprecateNamespaceResponse, error) {
	name := request.GetNamespace()
	_, err := r.change(ctx, name, func(s *Settings) error { s.Deprecated = true; return nil })
	if err != nil {
		return nil, unavailable("deprecating namespace "+name, err)
	}
	return &workflowservice.DeprecateNamespaceResponse{}, nil
}

// change changes a namespace that exists, again if somebody else does meanwhile, and is what it is then.
func (r *Registry) change(ctx context.Context, name string, f func(*Settings) error) (*Settings, error) {
	for {
		there, revision, err := r.existing(ctx, name)
		if err != nil {
			return nil, err
		}
		changed := there.clone()
		if err := f(changed); err != nil {
			return nil, err
		}
		written, err := r.put(ctx, changed, revision)
		if isConflict(err) {
			continue
		}
		if err == nil && changed.RetentionWas != 0 {
			changed, err = r.settleRetention(ctx, changed, written)
		}
		return changed, err
	}
}

// update takes over what the request gives: InvalidArgument.
func (s *Settings) update(request *workflowservice.UpdateNamespaceRequest) error {
	info, config := request.GetUpdateInfo(), request.GetConfig()
	if given := info.GetDescription(); given != "" {
		s.Description = given
	}
	if given := info.GetOwnerEmail(); given != "" {
		s.OwnerEmail = given
	}
	if err := s.takeData(info.GetData()); err != nil {
		return err
	}
	if err := s.updateState(info.GetState()); err != nil {
		return err
	}
	if asked := config.GetWorkflowExecutionRetentionTtl(); asked != nil {
		retention, err := checkRetention(s.Incarnation.Namespace, asked)
		if err != nil {
			return err
		}
		if retention != s.Retention {
			s.RetentionWas, s.Retention = s.Retention, retention
		}
	}
	return nil
}

func (s *Settings) updateState(state enumspb.NamespaceState) error {
	now := s.state()
	if state == enumspb.NAMESPACE_STATE_UNSPECIFIED || state == now {
		return nil
	}
	if now != enumspb.NAMESPACE_STATE_REGISTERED || state != enumspb.NAMESPACE_STATE_DEPRECATED {
		return serviceerror.NewInvalidArgumentf("Invalid namespace state update: namespace %s is %s and was to become %s; DeleteNamespace deletes one", s.Incarnation.Namespace, now, state)
	}
	s.Deprecated = true
	return nil
}

func (s *Settings) state() enumspb.NamespaceState {
	if s.Deprecated {
		return enumspb.NAMESPACE_STATE_DEPRECATED
	}
	return enumspb.NAMESPACE_STATE_REGISTERED
}

// checkRetention is a retention that was asked for, at most maxRetention: InvalidArgument.
func checkRetention(name string, asked *durationpb.Duration) (time.Duration, error) {
	if err := asked.CheckValid(); err != nil {
		return 0, serviceerror.NewInvalidArgumentf("A valid retention period is not set on request: retention of namespace %s: %v", name, err)
	}
	retention := asked.AsDuration()
	if retention < minRetention {
		return 0, serviceerror.NewInvalidArgumentf("A valid retention period is not set on request: retention of namespace %s is %v: give at least %v, or none for %v", name, retention, minRetention, defaultRetention)
	}
	return min(retention, maxRetention), nil
}

// settleRetention gives HISTORY the retention that is entered, and enters that it has it. The entry comes first: a
// process that ends in between leaves word of what is to be done.
func (r *Registry) settleRetention(ctx context.Context, settings *Settings, revision uint64) (*Settings, error) {
	if err := stream.SetMaxAge(ctx, r.config.JetStream, r.config.Names.HistoryStream(settings.Incarnation), settings.Retention); err != nil {
		return nil, err
	}
	settled := settings.clone()
	settled.RetentionWas = 0
	_, err := r.put(ctx, settled, revision)
	if isConflict(err) { // by another process that settles it too, or that changes something else
		settled, _, err = r.existing(ctx, settings.Incarnation.Namespace)
	}
	if err != nil {
		return nil, err
	}
	return settled, nil
}
