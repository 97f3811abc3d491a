package temporalgrpc

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
)

func TestClientsAndServersThatFit(t *testing.T) {
	served := 0
	conn := start(t, Config{Service: serve(func(context.Context, string, proto.Message) (proto.Message, error) {
		served++
		return nil, serviceerror.NewNotFound("served")
	})})
	client, server := new(*serviceerror.ClientVersionNotSupported), new(*serviceerror.ServerVersionNotSupported)
	malformed := new(*serviceerror.InvalidArgument)
	for _, test := range []struct {
		name, version, servers string
		refused                any
	}{
		{"", "", "", nil},
		{"temporal-go", "1.46.0", ">=1.0.0 <2.0.0", nil},
		{"temporal-go", "1.46.0", "", nil},
		{"temporal-cli", "0.0.0-DEV", ">=1.0.0 <2.0.0", nil},
		{"temporal-ui", "2.49.1", "", nil},
		{"temporal-php-2", "2.16.0", ">=1.0.0 <2.0.0", nil},
		{"my-own", "whatever", "1.32.0", nil},
		{"temporal-go", "2.0.0-rc.1", "", nil}, // is before 2.0.0

		{"temporal-go", "2.0.0", ">=1.0.0 <2.0.0", client},
		{"temporal-java", "3.1.4", ">=2.0.0", client},
		{"temporal-ui", "3.0.0", "", client},
		{"temporal-go", "1.46.0", ">=1.33.0", server},
		{"my-own", "whatever", "<1.32.0 || >=2.0.0", server},

		{"temporal-go", "one", "", malformed},
		{"temporal-go", "1.46", "", malformed},
		{"temporal-go", "1.46.0", "one", malformed},
		{"my-own", "whatever", ">=1.0.0 <", malformed},

		// Of who does not say both, nothing is looked at.
		{"", "1.46.0", "one", nil},
		{"temporal-go", "", ">=2.0.0", nil},
	} {
		ctx := within(t)
		for name, value := range map[string]string{clientName: test.name, clientVersion: test.version, supportedServers: test.servers} {
			if value != "" {
				ctx = metadata.AppendToOutgoingContext(ctx, name, value)
			}
		}
		before := served
		_, err := workflowservice.NewWorkflowServiceClient(conn).GetSystemInfo(ctx, &workflowservice.GetSystemInfoRequest{})
		_, err2 := operatorservice.NewOperatorServiceClient(conn).ListClusters(ctx, &operatorservice.ListClustersRequest{})
		for _, err := range []error{err, err2} {
			if test.refused == nil {
				require.Equal(t, codes.NotFound, status.Code(err), "%+v: %v", test, err)
				continue
			}
			require.ErrorAs(t, serviceerror.FromStatus(status.Convert(err)), test.refused, "%+v", test)
		}
		require.Equal(t, test.refused == nil, served > before, "%+v", test)
	}
	require.Equal(t, api.ServerVersion, (*server).ServerVersion)
	require.Equal(t, "<1.32.0 || >=2.0.0", (*server).ClientSupportedServerVersions)
	require.Equal(t, "temporal-ui 3.0.0 <3.0.0", fmt.Sprint((*client).ClientName, " ", (*client).ClientVersion, " ", (*client).SupportedVersions))
}

// A range here that cannot be read would refuse every version of that client.
func TestRangesOfSupportedClients(t *testing.T) {
	for name, supported := range api.SupportedClients() {
		in, err := semver{major: 1}.in(supported)
		require.NoError(t, err, name)
		require.True(t, in, name)
	}
}
