package namespace

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/payloadpb"
	"github.com/perdure/perdure/internal/natstest"
)

func TestTheBucketOfPayloads(t *testing.T) {
	js := natstest.Start(t).Connect(t)
	r := newRegistry(t, js, func(c *Config) { c.PayloadGrace, c.LearnInterval = 10*time.Minute, time.Millisecond })
	require.NoError(t, register(t, r, "shop"))
	told, err := r.DescribePayloads(testContext(t), "shop", &payloadpb.DescribePayloadsRequest{})
	require.NoError(t, err)
	require.Equal(t, "perdure-payloads-shop-1", told.GetBucket())
	require.Equal(t, 5*time.Minute, told.GetRenewAfter().AsDuration())
	var notFound *serviceerror.NamespaceNotFound
	_, err = r.DescribePayloads(testContext(t), "else", &payloadpb.DescribePayloadsRequest{})
	require.ErrorAs(t, err, &notFound)

	name := api.Bucket(told.GetBucket()).Stream()
	s, err := js.Stream(testContext(t), name)
	require.NoError(t, err)
	settings, err := r.Get(testContext(t), "shop")
	require.NoError(t, err)
	require.True(t, settings.PayloadsCreated.Equal(s.CachedInfo().Created))

	_, err = r.DeleteNamespace(testContext(t), &operatorservice.DeleteNamespaceRequest{Namespace: "shop"})
	require.NoError(t, err)
	_, err = js.Stream(testContext(t), name)
	require.ErrorIs(t, err, jetstream.ErrStreamNotFound)
}

func TestABucketIsMadeForWhoHasNoneAndNeverAgain(t *testing.T) {
	js := natstest.Start(t).Connect(t)
	r := newRegistry(t, js)
	require.NoError(t, register(t, r, "shop"))
	name := api.Names{}.PayloadsBucket(api.Incarnation{Namespace: "shop", Number: 1}).Stream()
	settings, revision, err := r.existing(testContext(t), "shop")
	require.NoError(t, err)
	require.NoError(t, js.DeleteStream(testContext(t), name))

	_, err = r.Get(testContext(t), "shop")
	require.NoError(t, err)
	_, err = js.Stream(testContext(t), name)
	require.ErrorIs(t, err, jetstream.ErrStreamNotFound, "it was made, and there may have been payloads in it")

	var precondition *serviceerror.FailedPrecondition
	_, err = r.DescribePayloads(testContext(t), "shop", &payloadpb.DescribePayloadsRequest{})
	require.ErrorAs(t, err, &precondition)

	settings.PayloadsCreated = time.Time{}
	_, err = r.put(testContext(t), settings, revision)
	require.NoError(t, err)
	settings, err = r.makePayloads(testContext(t), settings, revision) // as who has not seen that change
	require.NoError(t, err)
	s, err := js.Stream(testContext(t), name)
	require.NoError(t, err)
	require.True(t, settings.PayloadsCreated.Equal(s.CachedInfo().Created))
}
