package temporalgrpc

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/blang/semver/v4"
	"go.temporal.io/api/serviceerror"
	"google.golang.org/grpc/metadata"
)

// What a client says of itself, and which versions of the server it works with.
const (
	clientName, clientVersion = "client-name", "client-version"
	supportedServers          = "supported-server-versions"
)

// versions are what may call and what is called.
type versions struct {
	server  semver.Version
	clients map[string]clientVersions // by their names
	// fits is the last client that was made for this server: most calls come from one like the one before, and
	// nothing is read again.
	fits atomic.Pointer[client]
}

// client is what a client says of itself and of servers.
type client struct{ name, version, servers string }

// clientVersions are those of one client that may call.
type clientVersions struct {
	text string
	hold semver.Range
}

func newVersions(server string, supported map[string]string) (*versions, error) {
	parsed, err := semver.Parse(server)
	if err != nil {
		return nil, fmt.Errorf("the server's version %q: %w", server, err)
	}
	v := &versions{server: parsed, clients: make(map[string]clientVersions, len(supported))}
	for name, text := range supported {
		hold, err := semver.ParseRange(text)
		if err != nil {
			return nil, fmt.Errorf("the supported versions %q of %s: %w", text, name, err)
		}
		v.clients[name] = clientVersions{text, hold}
	}
	return v, nil
}

// check refuses a client and a server that were not made for each other, as Temporal does: of a client that says its
// name and version, and whatever it calls. Errors are ClientVersionNotSupported, ServerVersionNotSupported, and
// InvalidArgument where a header cannot be read. A client's version counts where its name is a known one.
func (v *versions) check(ctx context.Context) error {
	c := client{header(ctx, clientName), header(ctx, clientVersion), header(ctx, supportedServers)}
	if c.name == "" || c.version == "" {
		return nil
	}
	if fits := v.fits.Load(); fits != nil && *fits == c {
		return nil
	}
	if err := v.compare(c); err != nil {
		return err
	}
	v.fits.Store(&c)
	return nil
}

// compare is check for one client.
func (v *versions) compare(c client) error {
	if supported, known := v.clients[c.name]; known {
		version, err := semver.Parse(c.version)
		if err != nil {
			return serviceerror.NewInvalidArgumentf("Unable to parse client version: %v", err)
		}
		if !supported.hold(version) {
			return serviceerror.NewClientVersionNotSupported(c.version, c.name, supported.text)
		}
	}
	if c.servers == "" {
		return nil
	}
	hold, err := semver.ParseRange(c.servers)
	if err != nil {
		return serviceerror.NewInvalidArgumentf("Unable to parse supported server versions: %v", err)
	}
	if !hold(v.server) {
		return serviceerror.NewServerVersionNotSupported(v.server.String(), c.servers)
	}
	return nil
}

// header is the first value of a call's header; empty when there is none.
func header(ctx context.Context, name string) string {
	if values := metadata.ValueFromIncomingContext(ctx, name); len(values) > 0 {
		return values[0]
	}
	return ""
}
