package temporalgrpc

import (
	"context"
	"fmt"

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
}

// clientVersions are those of one client that may call.
type clientVersions struct {
	text string
	hold semver.Range
}

func newVersions(server string, supported map[string]string) (v versions, err error) {
	if v.server, err = semver.Parse(server); err != nil {
		return versions{}, fmt.Errorf("the server's version %q: %w", server, err)
	}
	v.clients = make(map[string]clientVersions, len(supported))
	for name, text := range supported {
		hold, err := semver.ParseRange(text)
		if err != nil {
			return versions{}, fmt.Errorf("the supported versions %q of %s: %w", text, name, err)
		}
		v.clients[name] = clientVersions{text, hold}
	}
	return v, nil
}

// check refuses a client and a server that were not made for each other, as Temporal does: of a client that says its
// name and version, and whatever it calls. Errors are ClientVersionNotSupported, ServerVersionNotSupported, and
// InvalidArgument where a header cannot be read. A client's version counts where its name is a known one.
func (v versions) check(ctx context.Context) error {
	name, version := header(ctx, clientName), header(ctx, clientVersion)
	if name == "" || version == "" {
		return nil
	}
	if supported, known := v.clients[name]; known {
		client, err := semver.Parse(version)
		if err != nil {
			return serviceerror.NewInvalidArgumentf("Unable to parse client version: %v", err)
		}
		if !supported.hold(client) {
			return serviceerror.NewClientVersionNotSupported(version, name, supported.text)
		}
	}
	supported := header(ctx, supportedServers)
	if supported == "" {
		return nil
	}
	hold, err := semver.ParseRange(supported)
	if err != nil {
		return serviceerror.NewInvalidArgumentf("Unable to parse supported server versions: %v", err)
	}
	if !hold(v.server) {
		return serviceerror.NewServerVersionNotSupported(v.server.String(), supported)
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
