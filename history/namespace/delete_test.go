package namespace

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/internal/natstest"
)

// quick has deletions wait for hardly anything.
func quick(c *Config) { c.Shards, c.LearnInterval = 2, 5*time.Millisecond }

func remove(t *testing.T, r *Registry, name string) error {
	t.Helper()
	_, err := r.DeleteNamespace(testContext(t), &operatorservice.DeleteNamespaceRequest{Namespace: name})
	return err
}

// makeTasks makes what matching makes of a namespace.
func makeTasks(ctx context.Context, js jetstream.JetStream, in api.Incarnation) error {
	_, err := js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: api.Names{}.TasksStream(in), Subjects: []string{api.Names{}.TaskAll(in.Namespace)}, Storage: jetstream.MemoryStorage,
	})
	return err
}

// streamsOf are the streams that there are of a namespace.
func streamsOf(t *testing.T, js jetstream.JetStream, name string) []string {
	t.Helper()
	var found []string
	names := js.StreamNames(testContext(t))
	for stream := range names.Name() {
		if strings.HasPrefix(stream, "PERDURE_"+name+"_") {
			found = append(found, stream)
		}
	}
	require.NoError(t, names.Err())
	return found
}

func TestDeletedNamespaceStartsCleanAgain(t *testing.T) {
	js := natstest.Start(t).Connect(t)
	var closed []api.Incarnation
	r := newRegistry(t, js, quick, func(c *Config) {
		c.Close = func(_ context.Context, s *Settings) error { closed = append(closed, s.Incarnation); return nil }
	})
	require.NoError(t, register(t, r, "other"))
	for number := range uint64(3) {
		in := api.Incarnation{Namespace: "a", Number: number + 1}
		require.NoError(t, register(t, r, "a"))
		require.NoError(t, makeTasks(testContext(t), js, in))
		settings, err := r.Get(testContext(t), "a")
		require.NoError(t, err)
		require.Equal(t, in, settings.Incarnation)
		_, err = js.Publish(testContext(t), api.Names{}.Log("a", 1), []byte("x"))
		require.NoError(t, err)
		require.Len(t, streamsOf(t, js, "a"), 5)

		require.NoError(t, remove(t, r, "a"))
		require.Empty(t, streamsOf(t, js, "a"))
		require.Equal(t, in, closed[len(closed)-1])
		var notFound *serviceerror.NamespaceNotFound
		_, err = r.Current("a")
		require.ErrorAs(t, err, &notFound)
		_, err = r.DescribeNamespace(testContext(t), &workflowservice.DescribeNamespaceRequest{Namespace: "a"})
		require.ErrorAs(t, err, &notFound)
		_, err = r.DescribeNamespace(testContext(t), &workflowservice.DescribeNamespaceRequest{Id: settings.ID})
		require.ErrorAs(t, err, &notFound)
		require.ErrorAs(t, remove(t, r, "a"), &notFound)
		list, err := r.ListNamespaces(testContext(t), &workflowservice.ListNamespacesRequest{})
		require.NoError(t, err)
		require.Len(t, list.Namespaces, 1)
	}
	require.Len(t, streamsOf(t, js, "other"), 4)
}

func TestDeletionByID(t *testing.T) {
	r := newRegistry(t, natstest.Start(t).Connect(t), quick)
	require.NoError(t, register(t, r, "a"))
	settings, err := r.Get(testContext(t), "a")
	require.NoError(t, err)
	reply, err := r.DeleteNamespace(testContext(t), &operatorservice.DeleteNamespaceRequest{NamespaceId: settings.ID})
	require.NoError(t, err)
	require.Equal(t, "a", reply.DeletedNamespace)
	var invalid *serviceerror.InvalidArgument
	var notFound *serviceerror.NamespaceNotFound
	for _, request := range []*operatorservice.DeleteNamespaceRequest{{}, {Namespace: "a", NamespaceId: "b"}} {
		_, err = r.DeleteNamespace(testContext(t), request)
		require.ErrorAs(t, err, &invalid)
	}
	for _, request := range []*operatorservice.DeleteNamespaceRequest{{Namespace: "x"}, {NamespaceId: "x"}, {Namespace: "a.b>"}} {
		_, err = r.DeleteNamespace(testContext(t), request)
		require.ErrorAs(t, err, &notFound)
	}
}

// TestDeletionIsFinishedAfterACrash stops it after each of its steps, and has it finished in each way there is.
func TestDeletionIsFinishedAfterACrash(t *testing.T) {
	js := natstest.Start(t).Connect(t)
	crashed := errors.New("crashed")
	crash := newRegistry(t, js, quick, func(c *Config) { c.Close = func(context.Context, *Settings) error { return crashed } })
	for after, removed := range map[string]func(streams []string) []string{
		"marked":      func([]string) []string { return nil },
		"one-removed": func(streams []string) []string { return streams[:1] },
		"all-removed": func(streams []string) []string { return streams },
	} {
		for way, finish := range map[string]func(t *testing.T, r *Registry, name string){
			"repeated": func(t *testing.T, r *Registry, name string) { require.NoError(t, remove(t, r, name)) },
			"registered": func(t *testing.T, r *Registry, name string) {
				require.NoError(t, register(t, r, name))
				require.NoError(t, remove(t, r, name))
			},
			"started": func(t *testing.T, r *Registry, name string) {
				startLearning(t, r)
				require.Eventually(t, func() bool { return len(streamsOf(t, js, name)) == 0 }, time.Minute, 5*time.Millisecond)
			},
		} {
			name := after + "-" + way
			t.Run(name, func(t *testing.T) {
				require.NoError(t, register(t, newRegistry(t, js, quick), name))
				var unavailable *serviceerror.Unavailable
				require.ErrorAs(t, remove(t, crash, name), &unavailable)
				for _, stream := range removed(streamsOf(t, js, name)) {
					require.NoError(t, js.DeleteStream(testContext(t), stream))
				}
				r := newRegistry(t, js, quick)
				var notFound *serviceerror.NamespaceNotFound
				_, err := r.Get(testContext(t), name)
				require.ErrorAs(t, err, &notFound)
				finish(t, r, name)
				require.Empty(t, streamsOf(t, js, name))
			})
		}
	}
}

// A process that learned late of a deletion made TASKS again, and ended: the next incarnation has the subjects all the same.
func TestWhatWasMadeAgainOfADeletedNamespace(t *testing.T) {
	js := natstest.Start(t).Connect(t)
	r := newRegistry(t, js, quick)
	require.NoError(t, register(t, r, "a"))
	require.NoError(t, remove(t, r, "a"))
	require.NoError(t, makeTasks(testContext(t), js, api.Incarnation{Namespace: "a", Number: 1}))
	require.NoError(t, register(t, r, "a"))
	require.NoError(t, makeTasks(testContext(t), js, api.Incarnation{Namespace: "a", Number: 2}))
	require.NotContains(t, streamsOf(t, js, "a"), "PERDURE_a_1_TASKS")
}

// TestOthersCloseWhatOneDeletes: they learn of it, close it, and remove what they have made of it since.
func TestOthersCloseWhatOneDeletes(t *testing.T) {
	server := natstest.Start(t)
	js := server.Connect(t)
	one := newRegistry(t, js, quick)
	require.NoError(t, register(t, one, "a"))
	closed := make(chan *Settings, 10)
	other := newRegistry(t, server.Connect(t), quick, func(c *Config) {
		c.Close = func(ctx context.Context, s *Settings) error {
			if err := makeTasks(ctx, js, s.Incarnation); err != nil { // as matching does with a TASKS that is gone
				return err
			}
			closed <- s
			return nil
		}
	})
	startLearning(t, other)
	require.NoError(t, remove(t, one, "a"))
	require.Equal(t, "a", (<-closed).Incarnation.Namespace)
	require.Eventually(t, func() bool { return len(streamsOf(t, js, "a")) == 0 }, time.Minute, 5*time.Millisecond)

	// It sees the namespace as it is made again, and not the deletion.
	require.NoError(t, other.Stop(testContext(t)))
	late := newRegistry(t, server.Connect(t), quick, func(c *Config) { c.Close = other.config.Close })
	require.NoError(t, register(t, one, "a"))
	require.NoError(t, late.learn(testContext(t), map[string]debt{}))
	require.NoError(t, remove(t, one, "a"))
	require.NoError(t, register(t, one, "a"))
	startLearning(t, late)
	for in := (<-closed).Incarnation; in.Number != 2; in = (<-closed).Incarnation {
	}
	require.Eventually(t, func() bool {
		_, err := js.Stream(testContext(t), "PERDURE_a_2_TASKS")
		return errors.Is(err, jetstream.ErrStreamNotFound)
	}, time.Minute, 5*time.Millisecond)
	_, err := late.Current("a")
	require.NoError(t, err)
}

func TestAGivenUpRegistrationKeepsTheNumber(t *testing.T) {
	js := natstest.Start(t).Connect(t)
	r := newRegistry(t, js, quick)
	require.NoError(t, register(t, r, "a"))
	require.NoError(t, remove(t, r, "a"))
	many := newRegistry(t, js, quick)
	many.config.Replicas = 3 // of one server
	require.Error(t, register(t, many, "a"))
	require.NoError(t, register(t, r, "a"))
	settings, err := r.Get(testContext(t), "a")
	require.NoError(t, err)
	require.Equal(t, uint64(2), settings.Incarnation.Number)
}

// What is in memory is not changed by a registration that goes on: every request reads it.
func TestRegisteredAgainWhileItIsAskedFor(t *testing.T) {
	r := newRegistry(t, natstest.Start(t).Connect(t), quick)
	require.NoError(t, register(t, r, "a"))
	require.NoError(t, remove(t, r, "a"))
	wanted, err := r.settings(&workflowservice.RegisterNamespaceRequest{Namespace: "a"})
	require.NoError(t, err)
	settings, revision, err := r.reserve(testContext(t), wanted)
	require.NoError(t, err)
	reserved, _ := r.cache.get("a")
	require.NoError(t, r.makeStreams(testContext(t), settings))
	require.NoError(t, r.ready(testContext(t), settings, revision))
	require.False(t, reserved.settings.Ready)
	require.Empty(t, reserved.settings.LogsCreated)
	_, err = r.Current("a")
	require.NoError(t, err)
}
