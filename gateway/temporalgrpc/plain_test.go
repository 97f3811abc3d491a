package temporalgrpc

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// Only the SDK that is known to go on without compression is asked to, and once.
func TestPlainRequestsAreAskedFor(t *testing.T) {
	for _, test := range []struct {
		name, version string
		gzip, refused bool
	}{
		{plainSDK, "1.50.0", true, true},
		{plainSDK, "1.50.0", false, false},
		{plainSDK, "1.51.2", true, true},
		{plainSDK, "1.49.9", true, false},
		{"temporal-java", "1.50.0", true, false},
	} {
		conn := start(t, Config{Service: serve(func(context.Context, string, proto.Message) (proto.Message, error) {
			return &workflowservice.GetSystemInfoResponse{}, nil
		})})
		client := workflowservice.NewWorkflowServiceClient(conn)
		ctx := metadata.AppendToOutgoingContext(within(t), clientName, test.name, clientVersion, test.version)
		var options []grpc.CallOption
		if test.gzip {
			options = append(options, grpc.UseCompressor(gzip.Name))
		}
		_, err := client.GetSystemInfo(ctx, &workflowservice.GetSystemInfoRequest{}, options...)
		if !test.refused {
			require.NoError(t, err, "%+v", test)
			continue
		}
		require.Equal(t, codes.Unimplemented, status.Code(err), "%+v", test)
		require.ErrorContains(t, err, "grpc-encoding") // the word by which the SDK knows
		_, err = client.GetSystemInfo(ctx, &workflowservice.GetSystemInfoRequest{}, options...)
		require.NoError(t, err, "a client that goes on compressing is served")
	}
}
