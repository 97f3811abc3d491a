package namespace

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/history/log"
	"github.com/perdure/perdure/history/rest"
	"github.com/perdure/perdure/history/stream"
	"github.com/perdure/perdure/internal/natstest"
)

func TestMain(m *testing.M) { natstest.VerifyTestMain(m) }

func testContext(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func newRegistry(t testing.TB, js jetstream.JetStream, change ...func(*Config)) *Registry {
	t.Helper()
	config := Config{JetStream: js}
	for _, f := range change {
		f(&config)
	}
	r, err := Open(testContext(t), config)
	require.NoError(t, err)
	return r
}

func register(t testing.TB, r *Registry, name string) error {
	_, err := r.RegisterNamespace(testContext(t), &workflowservice.RegisterNamespaceRequest{Namespace: name, Description: "of " + name})
	return err
}

func TestRegisteredNamespaceIsServed(t *testing.T) {
	js := natstest.Start(t).Connect(t)
	var opened []string
	r := newRegistry(t, js, func(c *Config) {
		c.Serve = func(_ context.Context, s *Settings) error {
			opened = append(opened, s.Incarnation.Namespace)
			return nil
		}
	})
	var notFound *serviceerror.NamespaceNotFound
	_, err := r.Get(testContext(t), "a")
	require.ErrorAs(t, err, &notFound)
	all, err := r.All(testContext(t))
	require.NoError(t, err)
	require.Empty(t, all)

	require.NoError(t, register(t, r, "a"))
	require.NoError(t, register(t, r, "b"))
	var exists *serviceerror.NamespaceAlreadyExists
	require.ErrorAs(t, register(t, r, "a"), &exists)
	require.Equal(t, []string{"a", "b"}, opened)

	again := newRegistry(t, js)
	settings, err := again.Get(testContext(t), "a")
	require.NoError(t, err)
	require.Equal(t, 4, settings.Shards)
	require.Equal(t, 72*time.Hour, settings.Retention)
	require.Equal(t, api.Incarnation{Namespace: "a", Number: 1}, settings.Incarnation)
	for shard := range settings.Shards {
		_, err := log.Open(testContext(t), settings.Log(js, api.Names{}, shard))
		require.NoError(t, err)
	}
	_, err = rest.Open(testContext(t), settings.Rest(js, api.Names{}))
	require.NoError(t, err)
	all, err = again.All(testContext(t))
	require.NoError(t, err)
	require.Len(t, all, 2)
}

func TestDescribeAndList(t *testing.T) {
	r := newRegistry(t, natstest.Start(t).Connect(t), func(c *Config) { c.Shards = 1 })
	for _, name := range []string{"c", "a", "b"} {
		require.NoError(t, register(t, r, name))
	}
	byName, err := r.DescribeNamespace(testContext(t), &workflowservice.DescribeNamespaceRequest{Namespace: "b"})
	require.NoError(t, err)
	require.Equal(t, "of b", byName.NamespaceInfo.Description)
	require.Equal(t, 72*time.Hour, byName.Config.WorkflowExecutionRetentionTtl.AsDuration())
	byID, err := r.DescribeNamespace(testContext(t), &workflowservice.DescribeNamespaceRequest{Id: byName.NamespaceInfo.Id})
	require.NoError(t, err)
	require.Equal(t, "b", byID.NamespaceInfo.Name)
	var notFound *serviceerror.NamespaceNotFound
	for _, request := range []*workflowservice.DescribeNamespaceRequest{{Namespace: "x"}, {Id: "x"}, {Namespace: "a.b>*"}} {
		_, err = r.DescribeNamespace(testContext(t), request)
		require.ErrorAs(t, err, &notFound)
	}
	var invalid *serviceerror.InvalidArgument
	_, err = r.DescribeNamespace(testContext(t), &workflowservice.DescribeNamespaceRequest{})
	require.ErrorAs(t, err, &invalid)

	var names []string
	request := &workflowservice.ListNamespacesRequest{PageSize: 2}
	for {
		page, err := r.ListNamespaces(testContext(t), request)
		require.NoError(t, err)
		for _, n := range page.Namespaces {
			names = append(names, n.NamespaceInfo.Name)
		}
		if request.NextPageToken = page.NextPageToken; request.NextPageToken == nil {
			break
		}
	}
	require.Equal(t, []string{"a", "b", "c"}, names)
	_, err = r.ListNamespaces(testContext(t), &workflowservice.ListNamespacesRequest{PageSize: -1})
	require.ErrorAs(t, err, &invalid)
}

func TestInvalidRequests(t *testing.T) {
	r := newRegistry(t, natstest.Start(t).Connect(t))
	for name, request := range map[string]*workflowservice.RegisterNamespaceRequest{
		"no name":   {},
		"name":      {Namespace: "a.b"},
		"long":      {Namespace: strings.Repeat("a", 65)},
		"retention": {Namespace: "a", WorkflowExecutionRetentionPeriod: durationpb.New(time.Minute)},
		"duration":  {Namespace: "a", WorkflowExecutionRetentionPeriod: &durationpb.Duration{Seconds: 1, Nanos: -1}},
		"global":    {Namespace: "a", IsGlobalNamespace: true},
		"data":      {Namespace: "a", Data: map[string]string{"x": strings.Repeat("x", 70_000)}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := r.RegisterNamespace(testContext(t), request)
			var invalid *serviceerror.InvalidArgument
			require.ErrorAs(t, err, &invalid)
		})
	}
}

func TestOneOfManySucceeds(t *testing.T) {
	server := natstest.Start(t)
	var group sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		r := newRegistry(t, server.Connect(t), func(c *Config) { c.Shards = 2 })
		group.Go(func() {
			request := &workflowservice.RegisterNamespaceRequest{Namespace: "a"}
			_, errs[i] = r.RegisterNamespace(testContext(t), request)
		})
	}
	group.Wait()
	succeeded := 0
	for _, err := range errs {
		var exists *serviceerror.NamespaceAlreadyExists
		if err == nil {
			succeeded++
		} else {
			require.ErrorAs(t, err, &exists)
		}
	}
	require.Equal(t, 1, succeeded)
}

// TestRegistrationIsRepeatedAfterACrash stops it after each of its steps.
func TestRegistrationIsRepeatedAfterACrash(t *testing.T) {
	ctx := testContext(t)
	js := natstest.Start(t).Connect(t)
	r := newRegistry(t, js)
	for name, crash := range map[string]func(*Settings){
		"reserved": func(*Settings) {},
		"one-log":  func(s *Settings) { _, _ = log.Create(ctx, s.Log(js, api.Names{}, 0)) },
		"all":      func(s *Settings) { _ = r.makeStreams(ctx, s) },
	} {
		t.Run(name, func(t *testing.T) {
			wanted, err := r.settings(&workflowservice.RegisterNamespaceRequest{Namespace: name, Description: "of " + name})
			require.NoError(t, err)
			reserved, _, err := r.reserve(ctx, wanted)
			require.NoError(t, err)
			crash(reserved)
			var notFound *serviceerror.NamespaceNotFound
			_, err = r.Get(ctx, name)
			require.ErrorAs(t, err, &notFound)
			require.NoError(t, register(t, r, name))
			settings, err := r.Get(ctx, name)
			require.NoError(t, err)
			require.Equal(t, wanted.ID, settings.ID)
		})
	}
}

func TestUnfeasibleRegistrationLeavesNothing(t *testing.T) {
	js := natstest.Start(t).Connect(t)
	many := newRegistry(t, js)
	many.config.Replicas = 3 // of one server
	var unavailable *serviceerror.Unavailable
	require.ErrorAs(t, register(t, many, "a"), &unavailable)
	require.NoError(t, register(t, newRegistry(t, js), "a"))
}

func TestStreamsWithoutEntryAreNotTaken(t *testing.T) {
	js := natstest.Start(t).Connect(t)
	r := newRegistry(t, js)
	require.NoError(t, register(t, r, "a"))
	_, err := js.Publish(testContext(t), api.Names{}.Log("a", 0), nil)
	require.NoError(t, err)
	require.NoError(t, js.DeleteKeyValue(testContext(t), api.Names{}.NamespacesBucket()))
	r = newRegistry(t, js)
	var precondition *serviceerror.FailedPrecondition
	require.ErrorAs(t, register(t, r, "a"), &precondition)
	_, err = js.Stream(testContext(t), "PERDURE_a_1_LOG_0")
	require.NoError(t, err)
}

func TestFailureToServeIsTheReply(t *testing.T) {
	r := newRegistry(t, natstest.Start(t).Connect(t), func(c *Config) {
		c.Serve = func(context.Context, *Settings) error { return errors.New("no shards") }
	})
	require.ErrorContains(t, register(t, r, "a"), "no shards")
	_, err := r.Get(testContext(t), "a")
	require.NoError(t, err)
}

func TestUnreadableEntry(t *testing.T) {
	r := newRegistry(t, natstest.Start(t).Connect(t))
	for _, entry := range []string{"", "rubbish", "{}", `{"incarnation":{"Namespace":"b","Number":1},"shards":1,"retention_ns":1}`} {
		_, err := r.bucket.PutString(testContext(t), "a", entry)
		require.NoError(t, err)
		_, err = r.Get(testContext(t), "a")
		require.ErrorContains(t, err, "restore")
	}
}

func TestNoJetStream(t *testing.T) {
	js := natstest.Start(t, func(o *server.Options) { o.JetStream = false }).Connect(t)
	_, err := Open(testContext(t), Config{JetStream: js})
	require.ErrorIs(t, err, stream.ErrNotEnabled)
}

func FuzzDecodeSettings(f *testing.F) {
	good, _ := json.Marshal(&Settings{Incarnation: api.Incarnation{Namespace: "a", Number: 1}, Shards: 1, Retention: 1})
	f.Add(good)
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if s, err := decodeSettings("a", data); err == nil {
			require.Equal(t, "a", s.Incarnation.Namespace)
		}
	})
}
