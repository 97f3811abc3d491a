package temporalgrpc

import (
	"context"

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
	server    string
	supported map[string]string // clients' versions by their names
	parsed    semver            // server
}

func newVersions(server string, supported map[string]string) (versions, error) {
	parsed, err := parseSemver(server)
	return versions{server: server, supported: supported, parsed: parsed}, err
}

// check refuses a client and a server that were not made for each other, as Temporal does: of a client that says its
// name and version, and whatever it calls. Errors are ClientVersionNotSupported, ServerVersionNotSupported, and
// InvalidArgument where a header cannot be read. A client's version counts where its name is a known one.
func (v versions) check(ctx context.Context) error {
	name, version := header(ctx, clientName), header(ctx, clientVersion)
	if name == "" || version == "" {
		return nil
	}
	if supported, known := v.supported[name]; known {
		client, err := parseSemver(version)
		if err != nil {
			return serviceerror.NewInvalidArgumentf("Unable to parse client version: %v", err)
		}
		if in, err := client.in(supported); err != nil || !in {
			return serviceerror.NewClientVersionNotSupported(version, name, supported)
		}
	}
	supported := header(ctx, supportedServers)
	if supported == "" {
		return nil
	}
	in, err := v.parsed.in(supported)
	if err != nil {
		return serviceerror.NewInvalidArgumentf("Unable to parse supported server versions: %v", err)
	}
	if !in {
		return serviceerror.NewServerVersionNotSupported(v.server, supported)
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
