package temporal

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	namespacepb "go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/types/known/durationpb"
)

// Namespaces and search attributes by the requests that the SDK, the CLI and the Web UI send.
func TestNamespacesAndSearchAttributes(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		name := "ns-" + uuid.NewString()
		service, operator := c.WorkflowService(), c.OperatorService()
		register := func() {
			_, err := service.RegisterNamespace(within(t), &workflowservice.RegisterNamespaceRequest{
				Namespace: name, WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour),
			})
			require.NoError(t, err)
		}
		register()
		_, err := service.UpdateNamespace(within(t), &workflowservice.UpdateNamespaceRequest{
			Namespace: name, UpdateInfo: &namespacepb.UpdateNamespaceInfo{Description: "changed"},
		})
		require.NoError(t, err)
		described, err := service.DescribeNamespace(within(t), &workflowservice.DescribeNamespaceRequest{Namespace: name})
		require.NoError(t, err)
		require.Equal(t, "changed", described.NamespaceInfo.Description)
		require.Equal(t, "active", described.ReplicationConfig.ActiveClusterName)

		_, err = operator.AddSearchAttributes(within(t), &operatorservice.AddSearchAttributesRequest{
			Namespace: name, SearchAttributes: map[string]enumspb.IndexedValueType{"Customer": enumspb.INDEXED_VALUE_TYPE_KEYWORD},
		})
		require.NoError(t, err)
		listed, err := operator.ListSearchAttributes(within(t), &operatorservice.ListSearchAttributesRequest{Namespace: name})
		require.NoError(t, err)
		require.Equal(t, map[string]enumspb.IndexedValueType{"Customer": enumspb.INDEXED_VALUE_TYPE_KEYWORD}, listed.CustomAttributes)
		require.Contains(t, listed.SystemAttributes, "WorkflowType")

		startIn := func(attributes ...temporal.SearchAttributeUpdate) error {
			inside, err := client.NewClientFromExistingWithContext(within(t), c, client.Options{Namespace: name, Logger: quiet{}})
			require.NoError(t, err)
			defer inside.Close()
			_, err = inside.ExecuteWorkflow(within(t), client.StartWorkflowOptions{
				TaskQueue: "nobody's", TypedSearchAttributes: temporal.NewSearchAttributes(attributes...),
			}, "T")
			return err
		}
		require.NoError(t, startIn(temporal.NewSearchAttributeKeyKeyword("Customer").ValueSet("c")))
		require.ErrorContains(t, startIn(temporal.NewSearchAttributeKeyKeyword("Unknown").ValueSet("c")),
			"Namespace "+name+" has no mapping defined for search attribute Unknown")
		require.ErrorAs(t, startIn(temporal.NewSearchAttributeKeyInt64("Customer").ValueSet(1)), new(*serviceerror.InvalidArgument))

		_, err = operator.DeleteNamespace(within(t), &operatorservice.DeleteNamespaceRequest{Namespace: name})
		require.NoError(t, err)
		require.ErrorAs(t, startIn(), new(*serviceerror.NamespaceNotFound))
		register()
		require.NoError(t, startIn())
		_, err = operator.ListClusters(within(t), &operatorservice.ListClustersRequest{})
		require.ErrorAs(t, err, new(*serviceerror.Unimplemented))
	})
}

func TestWhatTheServerSaysOfItself(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		info, err := c.WorkflowService().GetSystemInfo(within(t), &workflowservice.GetSystemInfoRequest{})
		require.NoError(t, err)
		require.Equal(t, "1.32.0", info.ServerVersion)
		require.True(t, info.Capabilities.UpsertMemo)
		cluster, err := c.WorkflowService().GetClusterInfo(within(t), &workflowservice.GetClusterInfoRequest{})
		require.NoError(t, err)
		require.NoError(t, uuid.Validate(cluster.ClusterId))
		require.Equal(t, "active", cluster.ClusterName)
	})
}
