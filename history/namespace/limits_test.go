package namespace

import (
	"testing"

	"github.com/stretchr/testify/require"
	namespacepb "go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/internal/natstest"
)

func TestLimits(t *testing.T) {
	js := natstest.Start(t).Connect(t)
	r := newRegistry(t, js, func(c *Config) { c.Shards = 1 })
	_, err := r.RegisterNamespace(testContext(t), &workflowservice.RegisterNamespaceRequest{Namespace: "a", Data: map[string]string{
		"team": "checkout", "limit.historyCount.error": "1000", "limit.blobSize.error": "4096",
	}})
	require.NoError(t, err)
	require.EqualValues(t, 1000, r.Limits("a").HistoryCount.Error)
	require.EqualValues(t, 10240, r.Limits("a").HistoryCount.Warn, "what is not set is Temporal's")
	require.Same(t, api.DefaultLimits(), r.Limits("b"))
	require.Zero(t, testing.AllocsPerRun(100, func() { r.Limits("a") }))

	update := func(data map[string]string) error {
		_, err := r.UpdateNamespace(testContext(t), &workflowservice.UpdateNamespaceRequest{Namespace: "a", UpdateInfo: &namespacepb.UpdateNamespaceInfo{Data: data}})
		return err
	}
	require.NoError(t, update(map[string]string{"limit.historyCount.error": "", "limit.maxTotalUpdates": "7"}))
	require.EqualValues(t, 51200, r.Limits("a").HistoryCount.Error)
	require.EqualValues(t, 7, r.Limits("a").Updates)
	for _, bad := range []map[string]string{{"limit.historyCount.error": "0"}, {"limit.historyCount": "7"}, {"limit.blobSize.warn": "1MiB", "x": "y"}} {
		var invalid *serviceerror.InvalidArgument
		require.ErrorAs(t, update(bad), &invalid)
	}

	described, err := newRegistry(t, js).DescribeNamespace(testContext(t), &workflowservice.DescribeNamespaceRequest{Namespace: "a"})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"team": "checkout", "limit.blobSize.error": "4096", "limit.maxTotalUpdates": "7"}, described.NamespaceInfo.Data)
	require.EqualValues(t, 4096, described.NamespaceInfo.Limits.BlobSizeLimitError)
	settings, err := newRegistry(t, js).Get(testContext(t), "a")
	require.NoError(t, err)
	require.Equal(t, map[string]string{"team": "checkout"}, settings.Data)
}
