package runtime

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/history/namespace"
	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/internal/rpc"
	"github.com/perdure/perdure/sdk/client"
)

// admin calls a method about namespaces.
func admin(t *testing.T, c *client.Client, method string, request, reply proto.Message) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	return rpc.Call(ctx, c.Conn(), api.Names{}.Admin(method), request, reply)
}

func TestADeletedNamespaceStartsClean(t *testing.T) {
	s := begin(t, Config{DataDir: natstest.Dir(t), Listen: "127.0.0.1:0", SyncInterval: time.Minute})
	c := employ(t, s.URL(), plusOne)
	runOne(t, c, "closed")
	_, err := client.Start(t.Context(), c, add, 40, client.StartOptions{ID: "open", TaskQueue: "nobody"})
	require.NoError(t, err)

	deleted := &operatorservice.DeleteNamespaceResponse{}
	require.NoError(t, admin(t, c, "DeleteNamespace", &operatorservice.DeleteNamespaceRequest{Namespace: "default"}, deleted))
	var notFound *serviceerror.NamespaceNotFound
	_, err = c.Describe(t.Context(), "open", "")
	require.ErrorAs(t, err, &notFound)

	require.NoError(t, admin(t, c, "RegisterNamespace", &workflowservice.RegisterNamespaceRequest{Namespace: "default"}, &workflowservice.RegisterNamespaceResponse{}))
	var noWorkflow *serviceerror.NotFound
	for _, id := range []string{"open", "closed"} {
		_, err = c.Describe(t.Context(), id, "")
		require.ErrorAs(t, err, &noWorkflow)
	}
	runOne(t, employ(t, s.URL(), plusOne), "closed")
}

// TestOneServerLearnsFromAnother: what one of two makes and deletes, the other opens and closes.
func TestOneServerLearnsFromAnother(t *testing.T) {
	nats := natstest.Start(t)
	url := nats.ClientURL()
	one := begin(t, external(url))
	c, err := client.Connect(client.Options{URL: url})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	require.NoError(t, admin(t, c, "AddSearchAttributes", &operatorservice.AddSearchAttributesRequest{
		Namespace: "default", SearchAttributes: map[string]enumspb.IndexedValueType{"Customer": enumspb.INDEXED_VALUE_TYPE_KEYWORD},
	}, &operatorservice.AddSearchAttributesResponse{}))
	other := begin(t, external(url))
	require.NoError(t, one.Stop(context.Background())) // two would take the shards from each other
	registry, err := namespace.Open(t.Context(), namespace.Config{JetStream: nats.Connect(t), Shards: 1})
	require.NoError(t, err)
	_, err = registry.RegisterNamespace(t.Context(), &workflowservice.RegisterNamespaceRequest{Namespace: "learned"})
	require.NoError(t, err)

	describe := func() error {
		return rpc.Call(t.Context(), c.Conn(), api.Names{}.API("learned", "DescribeWorkflowExecution"),
			&workflowservice.DescribeWorkflowExecutionRequest{Execution: &commonpb.WorkflowExecution{WorkflowId: "w"}}, &workflowservice.DescribeWorkflowExecutionResponse{})
	}
	isMissing := func(err error) bool { _, missing := err.(*serviceerror.NotFound); return missing }
	require.Eventually(t, func() bool { return isMissing(describe()) }, time.Minute, 50*time.Millisecond)
	_, err = registry.DeleteNamespace(t.Context(), &operatorservice.DeleteNamespaceRequest{Namespace: "learned"})
	require.NoError(t, err)
	require.Eventually(t, func() bool { _, gone := describe().(*serviceerror.NamespaceNotFound); return gone }, time.Minute, 50*time.Millisecond)
	require.NoError(t, other.Stop(context.Background()))
}

func TestDeprecatedNamespace(t *testing.T) {
	s := begin(t, Config{DataDir: natstest.Dir(t), Listen: "127.0.0.1:0", SyncInterval: time.Minute})
	c := employ(t, s.URL(), plusOne)
	runOne(t, c, "before")
	require.NoError(t, admin(t, c, "DeprecateNamespace", &workflowservice.DeprecateNamespaceRequest{Namespace: "default"}, &workflowservice.DeprecateNamespaceResponse{}))
	_, err := client.Start(t.Context(), c, add, 40, client.StartOptions{ID: "after", TaskQueue: "q"})
	var state *serviceerror.NamespaceInvalidState
	require.ErrorAs(t, err, &state)
	_, err = c.Describe(t.Context(), "before", "")
	require.NoError(t, err)
}
