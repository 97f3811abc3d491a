package temporalgrpc

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/operatorservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/stats"
	"google.golang.org/protobuf/proto"
)

// replies notes how the last reply came.
type replies struct {
	mu                 sync.Mutex // guards what follows
	length, compressed int
}

func (r *replies) HandleRPC(_ context.Context, s stats.RPCStats) {
	if in, ok := s.(*stats.InPayload); ok {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.length, r.compressed = in.Length, in.CompressedLength
	}
}

func (*replies) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context   { return ctx }
func (*replies) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }
func (*replies) HandleConn(context.Context, stats.ConnStats)                       {}

func TestLargeRepliesAreCompressedForThoseWhoCompress(t *testing.T) {
	seen := &replies{}
	size := 0
	conn := start(t, Config{Service: serve(func(context.Context, string, proto.Message) (proto.Message, error) {
		return &operatorservice.ListSearchAttributesResponse{StorageSchema: map[string]string{"a": strings.Repeat("b", size)}}, nil
	})}, grpc.WithStatsHandler(seen))
	for _, test := range []struct {
		size       int
		client     []grpc.CallOption
		compressed bool
	}{
		{100, []grpc.CallOption{grpc.UseCompressor(gzip.Name)}, false},
		{compressFrom, []grpc.CallOption{grpc.UseCompressor(gzip.Name)}, true},
		{compressFrom, nil, false},
	} {
		size = test.size
		reply, err := operatorservice.NewOperatorServiceClient(conn).ListSearchAttributes(within(t), &operatorservice.ListSearchAttributesRequest{}, test.client...)
		require.NoError(t, err)
		require.Len(t, reply.StorageSchema["a"], test.size)
		seen.mu.Lock()
		require.Equal(t, test.compressed, seen.compressed < seen.length, "%d bytes, sent as %d", seen.length, seen.compressed)
		seen.mu.Unlock()
	}
}
