package namespace

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	namespacepb "go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/history/rest"
	"github.com/perdure/perdure/internal/natstest"
)

func retention(d time.Duration) *namespacepb.NamespaceConfig {
	return &namespacepb.NamespaceConfig{WorkflowExecutionRetentionTtl: durationpb.New(d)}
}

func maxAgeOf(t *testing.T, js jetstream.JetStream, name string) time.Duration {
	t.Helper()
	s, err := js.Stream(testContext(t), name)
	require.NoError(t, err)
	return s.CachedInfo().Config.MaxAge
}

func TestUpdateNamespace(t *testing.T) {
	js := natstest.Start(t).Connect(t)
	r := newRegistry(t, js, func(c *Config) { c.Shards = 1 })
	_, err := r.RegisterNamespace(testContext(t), &workflowservice.RegisterNamespaceRequest{Namespace: "a", Data: map[string]string{"x": "1", "y": "1"}})
	require.NoError(t, err)
	reply, err := r.UpdateNamespace(testContext(t), &workflowservice.UpdateNamespaceRequest{
		Namespace:  "a",
		UpdateInfo: &namespacepb.UpdateNamespaceInfo{Description: "d", OwnerEmail: "o", Data: map[string]string{"y": "2", "z": "3"}},
		Config:     retention(48 * time.Hour),
	})
	require.NoError(t, err)
	require.Equal(t, "d", reply.NamespaceInfo.Description)
	require.Equal(t, "o", reply.NamespaceInfo.OwnerEmail)
	require.Equal(t, map[string]string{"x": "1", "y": "2", "z": "3"}, reply.NamespaceInfo.Data)
	require.Equal(t, 48*time.Hour, reply.Config.WorkflowExecutionRetentionTtl.AsDuration())
	require.Equal(t, 48*time.Hour, maxAgeOf(t, js, "PERDURE_a_1_HISTORY"))

	again := newRegistry(t, js)
	settings, err := again.Get(testContext(t), "a")
	require.NoError(t, err)
	require.Zero(t, settings.RetentionWas)
	_, err = rest.Open(testContext(t), settings.Rest(js, api.Names{}))
	require.NoError(t, err)

	_, err = r.UpdateNamespace(testContext(t), &workflowservice.UpdateNamespaceRequest{Namespace: "a"})
	require.NoError(t, err)
	reply, err = r.UpdateNamespace(testContext(t), &workflowservice.UpdateNamespaceRequest{Namespace: "a", Config: &namespacepb.NamespaceConfig{WorkflowExecutionRetentionTtl: &durationpb.Duration{Seconds: 300 * 365 * 86400}}})
	require.NoError(t, err)
	require.Equal(t, maxRetention, reply.Config.WorkflowExecutionRetentionTtl.AsDuration())

	var invalid *serviceerror.InvalidArgument
	for _, request := range []*workflowservice.UpdateNamespaceRequest{
		{Namespace: "a", Config: retention(time.Minute)},
		{Namespace: "a", UpdateInfo: &namespacepb.UpdateNamespaceInfo{State: enumspb.NAMESPACE_STATE_DELETED}},
		{Namespace: "a", UpdateInfo: &namespacepb.UpdateNamespaceInfo{Description: string(make([]byte, maxEntry))}},
	} {
		_, err = r.UpdateNamespace(testContext(t), request)
		require.ErrorAs(t, err, &invalid)
	}
	var notFound *serviceerror.NamespaceNotFound
	_, err = r.UpdateNamespace(testContext(t), &workflowservice.UpdateNamespaceRequest{Namespace: "b"})
	require.ErrorAs(t, err, &notFound)
}

// TestARetentionThatWasNotSettled: a process ended after it had entered the change.
func TestARetentionThatWasNotSettled(t *testing.T) {
	js := natstest.Start(t).Connect(t)
	served := make(chan *Settings, 10)
	r := newRegistry(t, js, func(c *Config) { c.Shards = 1 })
	for _, name := range []string{"opened", "learned"} {
		require.NoError(t, register(t, r, name))
		settings, revision, err := r.existing(testContext(t), name)
		require.NoError(t, err)
		changed := settings.clone()
		changed.RetentionWas, changed.Retention = settings.Retention, time.Hour
		_, err = r.put(testContext(t), changed, revision)
		require.NoError(t, err)
		require.Equal(t, 72*time.Hour, maxAgeOf(t, js, "PERDURE_"+name+"_1_HISTORY"))
	}
	settings, err := r.Get(testContext(t), "opened")
	require.NoError(t, err)
	require.Zero(t, settings.RetentionWas)
	require.Equal(t, time.Hour, maxAgeOf(t, js, "PERDURE_opened_1_HISTORY"))

	other := newRegistry(t, js, func(c *Config) {
		c.LearnInterval = 5 * time.Millisecond
		c.Serve = func(_ context.Context, s *Settings) error { served <- s; return nil }
	})
	startLearning(t, other)
	<-served
	require.Equal(t, time.Hour, maxAgeOf(t, js, "PERDURE_learned_1_HISTORY"))
}

func TestDeprecatedNamespaceTakesNoStarts(t *testing.T) {
	r := newRegistry(t, natstest.Start(t).Connect(t), func(c *Config) { c.Shards = 1 })
	require.NoError(t, register(t, r, "a"))
	require.NoError(t, r.TakesStarts("a"))
	_, err := r.DeprecateNamespace(testContext(t), &workflowservice.DeprecateNamespaceRequest{Namespace: "a"})
	require.NoError(t, err)
	var state *serviceerror.NamespaceInvalidState
	require.ErrorAs(t, r.TakesStarts("a"), &state)
	described, err := r.DescribeNamespace(testContext(t), &workflowservice.DescribeNamespaceRequest{Namespace: "a"})
	require.NoError(t, err)
	require.Equal(t, enumspb.NAMESPACE_STATE_DEPRECATED, described.NamespaceInfo.State)
	var invalid *serviceerror.InvalidArgument
	_, err = r.UpdateNamespace(testContext(t), &workflowservice.UpdateNamespaceRequest{Namespace: "a", UpdateInfo: &namespacepb.UpdateNamespaceInfo{State: enumspb.NAMESPACE_STATE_REGISTERED}})
	require.ErrorAs(t, err, &invalid)
}
