package gateway

import (
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
)

func TestBadInputAboutNamespaces(t *testing.T) {
	s := start(t)
	const invalid, unserved = codes.InvalidArgument, codes.Unimplemented
	for _, c := range []struct {
		method, body string
		code         codes.Code
		text         string
	}{
		{"RegisterNamespace", `{"namespace":"a b"}`, invalid, "letters, digits"},
		{"RegisterNamespace", `{"namespace":"a","isGlobalNamespace":true}`, unserved, "a global namespace"},
		{"RegisterNamespace", `{"namespace":"a","workflowExecutionRetentionPeriod":"-3s"}`, invalid, "negative"},
		{"DescribeNamespace", `{}`, invalid, "Namespace is not set on request."},
		{"UpdateNamespace", `{}`, invalid, "Namespace is not set on request."},
		{"UpdateNamespace", `{"namespace":"a.b"}`, invalid, "letters, digits"},
		{"UpdateNamespace", `{"namespace":"a","config":{"workflowExecutionRetentionTtl":"-3s"}}`, invalid, "negative"},
		{"UpdateNamespace", `{"namespace":"a","updateInfo":{"state":77}}`, invalid, "State has no value 77."},
		{"UpdateNamespace", `{"namespace":"a","promoteNamespace":true}`, unserved, "a global namespace"},
		{"UpdateNamespace", `{"namespace":"a","replicationConfig":{"activeClusterName":"other"}}`, unserved, "a global namespace"},
		{"UpdateNamespace", `{"namespace":"a","replicationConfig":{"clusters":[{"clusterName":"active"},{"clusterName":"b"}]}}`, unserved, "a global namespace"},
		{"UpdateNamespace", `{"namespace":"a","config":{"historyArchivalState":"ARCHIVAL_STATE_ENABLED"}}`, unserved, "archival"},
		{"UpdateNamespace", `{"namespace":"a","deleteBadBinary":"x"}`, unserved, "bad_binaries"},
		{"UpdateNamespace", `{"namespace":"a","config":{"customSearchAttributeAliases":{"Keyword01":"X"}}}`, invalid, "AddSearchAttributes"},
		{"DeprecateNamespace", `{}`, invalid, "Namespace is not set on request."},
		{"AddSearchAttributes", `{"searchAttributes":{"X":"INDEXED_VALUE_TYPE_INT"}}`, invalid, "Namespace is not set on request."},
		{"AddSearchAttributes", `{"namespace":"a","searchAttributes":{"X":"Integer"}}`, invalid, "body is no"},
		{"ListSearchAttributes", `{}`, invalid, "Namespace is not set on request."},
		{"RemoveSearchAttributes", `{"namespace":"*"}`, invalid, "letters, digits"},
	} {
		t.Run(c.method+c.body, func(t *testing.T) {
			_, err := s.ask(api.Names{}.Admin(c.method), "", c.body)
			require.Error(t, err)
			require.Equal(t, c.code, api.ErrorStatus(err).Code(), err)
			require.ErrorContains(t, err, c.text)
		})
	}
	require.Zero(t, s.backend.calls.Load())
	for _, fine := range []string{
		`{"namespace":"a","replicationConfig":{"activeClusterName":"active","clusters":[{"clusterName":"active"}]}}`,
		`{"namespace":"a","config":{"historyArchivalState":"ARCHIVAL_STATE_DISABLED"},"updateInfo":{"data":{"a":"b"}}}`,
	} {
		_, err := s.ask(api.Names{}.Admin("UpdateNamespace"), "", fine)
		require.NoError(t, err)
	}
}

func TestNoStartsWhereNoneAreTaken(t *testing.T) {
	s := start(t)
	s.backend.noStarts = serviceerror.NewNamespaceInvalidState("default", enumspb.NAMESPACE_STATE_DEPRECATED, []enumspb.NamespaceState{enumspb.NAMESPACE_STATE_REGISTERED})
	for _, method := range []string{"StartWorkflowExecution", "SignalWithStartWorkflowExecution"} {
		_, err := s.ask(api.Names{}.API("default", method), "", valid[method])
		require.ErrorAs(t, err, new(*serviceerror.NamespaceInvalidState), method)
	}
	_, err := s.ask(api.Names{}.API("default", "ExecuteMultiOperation"), "", valid["ExecuteMultiOperation"])
	both := new(serviceerror.MultiOperationExecution)
	require.ErrorAs(t, err, &both)
	require.ErrorAs(t, both.OperationErrors()[0], new(*serviceerror.NamespaceInvalidState))
	for _, method := range []string{"SignalWorkflowExecution", "DescribeWorkflowExecution", "TerminateWorkflowExecution"} {
		_, err := s.ask(api.Names{}.API("default", method), "", valid[method])
		require.NoError(t, err, method)
	}
}

func TestClusterInfo(t *testing.T) {
	s := start(t, func(c *Config) { c.Cluster = Cluster{ID: "id", Shards: 4} })
	reply, err := s.ask(api.Names{}.Admin("GetClusterInfo"), "", "")
	require.NoError(t, err)
	info := &workflowservice.GetClusterInfoResponse{}
	require.NoError(t, proto.Unmarshal(reply.Data, info))
	require.Equal(t, "1.32.0", info.ServerVersion)
	require.Equal(t, "1.2.3", info.VersionInfo.Current.Version)
	require.Equal(t, "active", info.ClusterName)
	require.Equal(t, "id", info.ClusterId)
	require.EqualValues(t, 4, info.HistoryShardCount)
	require.Equal(t, "nats-jetstream", info.PersistenceStore)
	require.Equal(t, "sqlite", info.VisibilityStore)
	require.Equal(t, "<2.0.0", info.SupportedClients["temporal-go"])
}
