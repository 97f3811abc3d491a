package runtime

import (
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/perdure/perdure/internal/connect"
)

// errLogin is that the embedded server does not let this process in.
var errLogin = errors.New("its configuration has users, and this server logs in as none that it accepts: name one with --user and --password, or --creds")

// checkLogin refuses, before anything is started, a configuration that asks who connects when nobody is named.
func checkLogin(options *server.Options, login connect.Settings) error {
	if asksWho(options) && options.NoAuthUser == "" && login.User == "" && login.Creds == "" {
		return fmt.Errorf("embedded NATS: %w", errLogin)
	}
	return nil
}

// loginError is why the connection within the process could not be made. A refused login may show as
// the end of the pipe that it came by.
func loginError(err error) error {
	if errors.Is(err, io.ErrClosedPipe) || errors.Is(err, io.EOF) {
		return fmt.Errorf("connecting to the embedded NATS: %w", errLogin)
	}
	return fmt.Errorf("connecting to the embedded NATS: %w: %w", err, errLogin)
}

// asksWho tells whether clients have to say who they are.
func asksWho(o *server.Options) bool {
	return len(o.Users) > 0 || len(o.Nkeys) > 0 || o.Username != "" || o.Authorization != "" ||
		len(o.TrustedOperators) > 0 || len(o.TrustedKeys) > 0
}

// openToAll tells whether other machines may connect, and none has to say who it is.
func openToAll(o *server.Options) bool {
	ip := net.ParseIP(o.Host)
	local := o.Host == "localhost" || ip != nil && ip.IsLoopback()
	return !local && !o.TLSVerify && (!asksWho(o) || o.NoAuthUser != "")
}

// warnOpen says so, once.
func warnOpen(c Config, o *server.Options) {
	if openToAll(o) {
		c.Logger.Warn().Str("host", o.Host).
			Msg("other machines can connect and need no user: anybody who reaches the port may do anything; set up users and tls with --config, or listen on 127.0.0.1")
	}
}
