package temporalgrpc

import (
	"context"
	"fmt"
	"net"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
)

// Temporal's Go SDK compresses every request. From the version on that is known to do so it sends a method's requests as they
// are once one was refused in the words of a server that knows no gzip. Between processes of one machine that is what serves both:
// with gzip, compressing and its undoing were a seventh of the server's CPU and a fifth of the SDK's (bench, W2).
const (
	plainSDK                  = "temporal-go"
	plainMajor, plainMinor    = 1, 50
	clientName, clientVersion = "client-name", "client-version"
)

// errPlain is in the words that the SDK looks for.
var errPlain = status.Error(codes.Unimplemented, `grpc: on this machine requests are better not compressed: grpc-encoding "gzip" is not taken`)

// askForPlain refuses a compressed request whose client sends it again as it is.
func askForPlain(ctx context.Context) error {
	stream, known := grpc.ServerTransportStreamFromContext(ctx).(interface{ RecvCompress() string })
	if !known || stream.RecvCompress() != gzip.Name || !isLocal(ctx) || !canDoWithout(ctx) {
		return nil
	}
	return errPlain
}

// isLocal tells whether the client is on this machine.
func isLocal(ctx context.Context) bool {
	p, known := peer.FromContext(ctx)
	if !known {
		return false
	}
	address, isTCP := p.Addr.(*net.TCPAddr)
	return isTCP && address.IP.IsLoopback()
}

// canDoWithout tells the SDK, by the headers that it names itself with.
func canDoWithout(ctx context.Context) bool {
	name, version := metadata.ValueFromIncomingContext(ctx, clientName), metadata.ValueFromIncomingContext(ctx, clientVersion)
	if len(name) != 1 || name[0] != plainSDK || len(version) != 1 {
		return false
	}
	var major, minor int
	if _, err := fmt.Sscanf(version[0], "%d.%d.", &major, &minor); err != nil {
		return false
	}
	return major > plainMajor || major == plainMajor && minor >= plainMinor
}
