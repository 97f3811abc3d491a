package temporalgrpc

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/rs/zerolog"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/protobuf/proto"
)

// Service answers the methods, by full name.
type Service interface {
	// Call answers one request, which is the service's from then on; the reply is not changed. Errors are
	// of package serviceerror, or the context's.
	Call(ctx context.Context, fullMethod string, request proto.Message) (proto.Message, error)
}

// Config of a Server. Service is required.
type Config struct {
	// Listen is the host:port; port 0 takes a free one, see Server.Addr.
	Listen  string
	Service Service
	// Connection is the one that Service needs: while it is down the health is NOT_SERVING. nil: SERVING until Stop.
	Connection Connection
	// MaxNamespacePolls bounds, for each namespace and each method that waits (polls of workers for workflow tasks, for
	// activities; histories that are waited for; queries), the calls at a time; 0: 5,000. What is more is refused as
	// ResourceExhausted, which Temporal's SDKs try again later.
	MaxNamespacePolls int
	TLS               TLS
	Logger            zerolog.Logger
}

// TLS names files in PEM. The zero value is no TLS.
type TLS struct {
	// Cert and Key are the server's.
	Cert, Key string
	// ClientCA, if set, are those of which a client must have a certificate.
	ClientCA string
}

func (t TLS) none() bool { return t == TLS{} }

// config loads the files.
func (t TLS) config() (*tls.Config, error) {
	if t.Cert == "" || t.Key == "" {
		return nil, errors.New("gRPC with TLS needs a certificate and its key: give both files")
	}
	pair, err := tls.LoadX509KeyPair(t.Cert, t.Key)
	if err != nil {
		return nil, fmt.Errorf("loading the certificate of the gRPC listener: %w", err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	if t.ClientCA == "" {
		return config, nil
	}
	pem, err := os.ReadFile(t.ClientCA)
	if err != nil {
		return nil, fmt.Errorf("loading the authorities of gRPC clients: %w", err)
	}
	config.ClientCAs = x509.NewCertPool()
	if !config.ClientCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("the authorities of gRPC clients: %s holds no certificate in PEM", t.ClientCA)
	}
	config.ClientAuth = tls.RequireAndVerifyClientCert
	return config, nil
}

const (
	// maxNamespacePolls is half of the service's 20,000 polls for the workers of a namespace, by the two kinds: others find
	// room. It is some four times Temporal's 1,200 of a frontend: 2,500 Go workers have as many with their SDK's two pollers.
	maxNamespacePolls = 5_000
	// maxMessage is what a request may have, as with Temporal: gRPC's own default. NATS's max_payload is less as a rule, and its
	// excess is refused by the gateway.
	maxMessage = 4 << 20
	// MaxReply is what a reply may have: with its large payloads it is more than NATS's messages, and a page of history has several. It
	// is what the strictest of Temporal's clients take, their Web UI; its SDKs take 128 MiB.
	MaxReply = 64 << 20
	// maxStreams is how many calls a connection may have at a time: one of many pollers has a thousand.
	maxStreams = 5_000
	// maxHeaders bounds a call's metadata, in bytes.
	maxHeaders = 64 << 10
	// handshake is how long a connection may take to begin to speak.
	handshake = 20 * time.Second
)

// options are those of Temporal's frontend where it has them, so that its SDKs' pings are welcome.
func (c Config) options() ([]grpc.ServerOption, error) {
	options := []grpc.ServerOption{
		grpc.MaxRecvMsgSize(maxMessage),
		grpc.MaxConcurrentStreams(maxStreams),
		grpc.MaxHeaderListSize(maxHeaders),
		grpc.ConnectionTimeout(handshake),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 10 * time.Second, PermitWithoutStream: true}),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: time.Minute, Timeout: 10 * time.Second}),
		grpc.WaitForHandlers(true),
	}
	if c.TLS.none() {
		return append(options, grpc.Creds(plainCredentials{insecure.NewCredentials()})), nil
	}
	config, err := c.TLS.config()
	if err != nil {
		return nil, err
	}
	return append(options, grpc.Creds(credentials.NewTLS(config))), nil
}
