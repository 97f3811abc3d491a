package temporalgrpc

import (
	"context"
	"errors"
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
		{"my-own", "whatever", ">=1.0.0 <one", malformed},

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

// FuzzSupportedServers: whatever a client says of the servers that it works with, it is a range, or is refused.
func FuzzSupportedServers(f *testing.F) {
	for _, text := range []string{">=1.0.0 <2.0.0", "1.x || >=2.5.0 || 5.0.0 - 6.0.0", "", "|| !", ">= 1", "1.x.1", "<=1.2.3-a.01+b"} {
		f.Add(text)
	}
	v, err := newVersions(api.ServerVersion, api.SupportedClients())
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, text string) {
		headers := metadata.Pairs(clientName, "temporal-go", clientVersion, "1.46.0", supportedServers, text)
		err := v.check(metadata.NewIncomingContext(t.Context(), headers))
		var malformed *serviceerror.InvalidArgument
		var refused *serviceerror.ServerVersionNotSupported
		require.True(t, err == nil || errors.As(err, &malformed) || errors.As(err, &refused), "%v", err)
	})
}
