package temporalgrpc

import (
	"context"
	"net"
	"sync"

	"github.com/blang/semver/v4"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
)

// Temporal's Go SDK compresses every request. From the version on that is known to do so it sends a method's requests as they
// are once one was refused in the words of a server that knows no gzip. Between processes of one machine that is what serves both:
// with gzip, compressing and its undoing were a seventh of the server's CPU and a fifth of the SDK's (bench, W2).
const plainSDK = "temporal-go"

var plainFrom = semver.MustParse("1.50.0")

// errPlain is in the words that the SDK looks for.
var errPlain = status.Error(codes.Unimplemented, `grpc: on this machine requests are better not compressed: grpc-encoding "gzip" is not taken`)

// askForPlain refuses a compressed request whose client sends it again as it is. A connection is asked once for each
// method: who goes on compressing, a proxy in between perhaps, is served all the same.
func askForPlain(ctx context.Context, fullMethod string) error {
	stream, known := grpc.ServerTransportStreamFromContext(ctx).(interface{ RecvCompress() string })
	if !known || stream.RecvCompress() != gzip.Name || !canDoWithout(ctx) {
		return nil
	}
	p, _ := peer.FromContext(ctx)
	if p == nil {
		return nil
	}
	c, known := p.AuthInfo.(*connection)
	if !known || !c.local {
		return nil
	}
	if _, asked := c.asked.LoadOrStore(fullMethod, true); asked {
		return nil
	}
	return errPlain
}

// connection is what is known of one without TLS.
type connection struct {
	credentials.CommonAuthInfo
	local bool     // its client is on this machine
	asked sync.Map // the methods whose requests it was asked to send as they are
}

// AuthType is "insecure", as without connection.
func (*connection) AuthType() string { return "insecure" }

// plainCredentials are those of connections without TLS, each of which is a connection.
type plainCredentials struct {
	credentials.TransportCredentials
}

// ServerHandshake shakes no hands.
func (plainCredentials) ServerHandshake(conn net.Conn) (net.Conn, credentials.AuthInfo, error) {
	address, isTCP := conn.RemoteAddr().(*net.TCPAddr)
	return conn, &connection{
		CommonAuthInfo: credentials.CommonAuthInfo{SecurityLevel: credentials.NoSecurity},
		local:          isTCP && address.IP.IsLoopback(),
	}, nil
}

// Clone is one like it.
func (c plainCredentials) Clone() credentials.TransportCredentials {
	return plainCredentials{c.TransportCredentials.Clone()}
}

// canDoWithout tells the SDK, by the headers that it names itself with.
func canDoWithout(ctx context.Context) bool {
	if header(ctx, clientName) != plainSDK {
		return false
	}
	version, err := semver.Parse(header(ctx, clientVersion))
	return err == nil && version.GE(plainFrom)
}
