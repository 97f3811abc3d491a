package runtime

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/perdure/perdure/gateway/webui"
	"github.com/perdure/perdure/sdk/temporalnats"
)

// DefaultUIListen is where Temporal's Web UI is looked for beside a development server.
const DefaultUIListen = "127.0.0.1:8233"

// UI is where browsers connect. There is no login: whoever reaches the address can do all that the pages can.
type UI struct {
	// Listen is the host:port; port 0 takes a free one, see Server.UIURL. Empty: the Web UI is not served.
	Listen string
	// Optional says that a taken address is no error: a warning is logged, and the Web UI is not served.
	Optional bool
	// Hosts are names that browsers may know it by, such as a proxy's, beside localhost, IP addresses and the host of Listen.
	Hosts []string
}

// names are the hosts that requests may be for.
func (u UI) names() []string {
	host, _, err := net.SplitHostPort(u.Listen)
	if err != nil || host == "" {
		return u.Hosts
	}
	return append(slices.Clone(u.Hosts), host)
}

// validateHosts tells of a name that no request could be for.
func (u UI) validateHosts() error {
	for _, host := range u.Hosts {
		if host == "" || strings.ContainsAny(host, ":/*[]@ \t") {
			return fmt.Errorf("--ui-host %q: use the host alone, such as workflows.example.com, without scheme, port and wildcard", host)
		}
	}
	return nil
}

// startUI serves the Web UI, which calls service in this process: it works without the gRPC door, too.
func (c *composition) startUI(ctx context.Context, service *temporalnats.Conn) error {
	config := c.config.UI
	if config.Listen == "" {
		return nil
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", config.Listen)
	if err != nil {
		return c.doorError("the Web UI", "--ui-listen", config.Listen, config.Optional, err)
	}
	ui, err := webui.New(webui.Config{Listener: listener, Service: service, Hosts: config.names(), Namespace: c.config.firstNamespace(), Logger: c.config.Logger})
	if err != nil {
		_ = listener.Close() // the other error says what is wrong
		return err
	}
	if err := c.add(ctx, "the Web UI", ui.Start, ui.Stop); err != nil {
		return err
	}
	c.uiURL = ui.URL()
	return nil
}

// firstNamespace is the one that is most likely looked for.
func (c Config) firstNamespace() string {
	if c.External && len(c.Namespaces) > 0 {
		return c.Namespaces[0]
	}
	return DefaultNamespace
}

// UIURL is where browsers find the Web UI; empty when it is not served.
func (s *Server) UIURL() string { return s.uiURL }
