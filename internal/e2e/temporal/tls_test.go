package temporal

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/perdure/perdure/gateway/temporalgrpc"
	"github.com/perdure/perdure/runtime"
)

// authority signs certificates.
type authority struct {
	dir         string
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	file        string
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	a := &authority{dir: t.TempDir()}
	a.key = newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	require.NoError(t, err)
	a.certificate, err = x509.ParseCertificate(der)
	require.NoError(t, err)
	a.file = a.write(t, "authority.pem", "CERTIFICATE", der)
	return a
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return key
}

func (a *authority) write(t testing.TB, name, kind string, der []byte) string {
	t.Helper()
	file := filepath.Join(a.dir, name)
	require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
	return file
}

// issue makes a certificate for this host, and its key, in files.
func (a *authority) issue(t testing.TB, name string, usage x509.ExtKeyUsage) (certificate, key string) {
	t.Helper()
	private := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{usage}, KeyUsage: x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &private.PublicKey, a.key)
	require.NoError(t, err)
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	return a.write(t, name+".pem", "CERTIFICATE", der), a.write(t, name+".key", "PRIVATE KEY", encoded)
}

// as are the settings of a client that trusts the authority, with a certificate of another's, or none.
func (a *authority) as(t testing.TB, signer *authority) *tls.Config {
	t.Helper()
	config := &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
	config.RootCAs.AddCert(a.certificate)
	if signer != nil {
		pair, err := tls.LoadX509KeyPair(signer.issue(t, "client", x509.ExtKeyUsageClientAuth))
		require.NoError(t, err)
		config.Certificates = []tls.Certificate{pair}
	}
	return config
}

// With an authority for clients, who has no certificate of it is refused; others work as without TLS.
func TestClientCertificates(t *testing.T) {
	t.Parallel()
	a, other := newAuthority(t), newAuthority(t)
	s := start(t, func(c *runtime.Config) {
		c.GRPC.TLS = temporalgrpc.TLS{ClientCA: a.file}
		c.GRPC.TLS.Cert, c.GRPC.TLS.Key = a.issue(t, "server", x509.ExtKeyUsageServerAuth)
	})
	with := func(config *tls.Config) client.Options {
		return client.Options{HostPort: s.GRPCAddr(), Logger: quiet{}, ConnectionOptions: client.ConnectionOptions{TLS: config, GetSystemInfoTimeout: time.Second}}
	}
	for name, config := range map[string]*tls.Config{
		"no TLS":                                nil,
		"no certificate":                        a.as(t, nil),
		"another authority's certificate":       a.as(t, other),
		"another authority's server is trusted": other.as(t, a),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := client.DialContext(within(t), with(config))
			require.Error(t, err)
		})
	}
	t.Run("a certificate", func(t *testing.T) {
		t.Parallel()
		c := dial(t, with(a.as(t, a)))
		run := begin(t, c, gatherer(t, c), gathering, 1)
		require.NoError(t, c.SignalWorkflow(within(t), run.GetID(), "", "n", 0))
		require.Equal(t, []int{0}, resultOf[[]int](t, run))
	})
}
