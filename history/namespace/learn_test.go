package namespace

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/internal/natstest"
)

// startLearning has a registry learn quickly.
func startLearning(t *testing.T, r *Registry) {
	t.Helper()
	require.NoError(t, r.Start(testContext(t)))
	require.NoError(t, r.Start(testContext(t)))
	t.Cleanup(func() { require.NoError(t, r.Stop(context.Background())) })
}

func TestOthersLearnOfWhatOneRegisters(t *testing.T) {
	server := natstest.Start(t)
	one := newRegistry(t, server.Connect(t), func(c *Config) { c.Shards = 1 })
	learned := make(chan *Settings, 10)
	failures := 1
	other := newRegistry(t, server.Connect(t), func(c *Config) {
		c.LearnInterval = 5 * time.Millisecond
		c.Serve = func(_ context.Context, s *Settings) error {
			if failures > 0 {
				failures--
				return errors.New("not yet")
			}
			learned <- s
			return nil
		}
	})
	startLearning(t, other)
	require.NoError(t, register(t, one, "a"))
	_, err := one.Current("a") // at once
	require.NoError(t, err)

	settings := <-learned // after it has failed once
	require.Equal(t, "a", settings.Incarnation.Namespace)
	current, err := other.Current("a")
	require.NoError(t, err)
	require.Equal(t, settings, current)
	require.NoError(t, register(t, other, "b"))
	require.NoError(t, register(t, one, "c"))
	require.Equal(t, "b", (<-learned).Incarnation.Namespace) // served before the reply
	require.Equal(t, "c", (<-learned).Incarnation.Namespace, "what a registry does itself it does not learn again")

	var notFound *serviceerror.NamespaceNotFound
	_, err = other.Current("x")
	require.ErrorAs(t, err, &notFound)
	require.NoError(t, other.Stop(testContext(t)))
	require.NoError(t, other.Stop(testContext(t)))
	require.NoError(t, other.Start(testContext(t)))
}

func TestWhatIsThereIsKnownFromTheStart(t *testing.T) {
	js := natstest.Start(t).Connect(t)
	r := newRegistry(t, js, func(c *Config) { c.Shards = 1 })
	require.NoError(t, register(t, r, "a"))
	_, err := r.bucket.PutString(testContext(t), "rubbish", "rubbish")
	require.NoError(t, err)
	require.NoError(t, register(t, r, "b"))

	again := newRegistry(t, js)
	for _, name := range []string{"a", "b"} {
		_, err := again.Current(name)
		require.NoError(t, err)
	}
	_, err = again.Current("rubbish")
	require.Error(t, err)
}

// TestABucketThatWasMadeAnew: its sequences begin again, and namespaces that are not in it stay known.
func TestABucketThatWasMadeAnew(t *testing.T) {
	js := natstest.Start(t).Connect(t)
	r := newRegistry(t, js, func(c *Config) { c.Shards = 1; c.LearnInterval = 5 * time.Millisecond })
	require.NoError(t, register(t, r, "a"))
	require.NoError(t, register(t, r, "b"))
	learned := make(chan string, 10)
	r.config.Serve = func(_ context.Context, s *Settings) error { learned <- s.Description; return nil }
	entry, err := r.bucket.Get(testContext(t), "b")
	require.NoError(t, err)
	require.NoError(t, js.DeleteKeyValue(testContext(t), api.Names{}.NamespacesBucket()))
	other := newRegistry(t, js)
	_, err = other.bucket.Put(testContext(t), "b", entry.Value())
	require.NoError(t, err)
	startLearning(t, r)
	require.Equal(t, "of b", <-learned)
	_, err = r.Current("a")
	require.NoError(t, err)
}

func TestSearchAttributesInMemory(t *testing.T) {
	r := newRegistry(t, natstest.Start(t).Connect(t), func(c *Config) { c.Shards = 1 })
	require.NoError(t, register(t, r, "a"))
	settings, revision, err := r.read(testContext(t), "a")
	require.NoError(t, err)
	settings.SearchAttributes = api.SearchAttributeTypes{"Customer": enumspb.INDEXED_VALUE_TYPE_KEYWORD}
	_, err = r.put(testContext(t), settings, revision)
	require.NoError(t, err)
	entry, err := r.bucket.Get(testContext(t), "a")
	require.NoError(t, err)
	require.Contains(t, string(entry.Value()), `"search_attributes":{"Customer":"Keyword"}`)
	require.Equal(t, settings.SearchAttributes, r.SearchAttributes("a"))
	require.Empty(t, r.SearchAttributes("b"))
	require.Zero(t, testing.AllocsPerRun(100, func() { r.SearchAttributes("a") }))
}
