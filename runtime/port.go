package runtime

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"time"
)

// ErrPortTaken is wrapped by Start's error when another program listens where
// the embedded server, gRPC or the Web UI is to.
var ErrPortTaken = errors.New("the address is taken")

// portError says why nothing can listen at an address, and what to do.
func portError(ctx context.Context, address string, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("embedded NATS: listening on %s: %w by %s: stop it, take another address with --listen, or serve on it with --nats-url nats://%s",
			address, ErrPortTaken, whoListens(ctx, address), address)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("embedded NATS: listening on %s: %w: take a port above 1023 with --listen", address, err)
	}
	return fmt.Errorf("embedded NATS: listening on %s: %w: take another address with --listen", address, err)
}

// doorError says why a door cannot listen at an address, and with which flag to take another. Where the door is optional, a
// taken address is no error: a warning is logged, and all else is served.
func (s *Server) doorError(door, flag, address string, optional bool, err error) error {
	switch {
	case !errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%s at %s: %w: take another address with %s", door, address, err, flag)
	case optional:
		s.config.Logger.Warn().Msgf("%s is not served: another program listens at %s, perhaps another perdure or a Temporal server; take another address with %s", door, address, flag)
		return nil
	}
	return fmt.Errorf("%s: listening on %s: %w by another program, perhaps another perdure or a Temporal server: stop it, or take another address with %s", door, address, ErrPortTaken, flag)
}

// whoListens asks: a NATS server introduces itself to whoever connects.
func whoListens(ctx context.Context, address string) string {
	const unknown = "another program"
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return unknown
	}
	defer conn.Close()
	if deadline, set := ctx.Deadline(); set {
		_ = conn.SetReadDeadline(deadline)
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	greeting, isNATS := strings.CutPrefix(line, "INFO ")
	if err != nil || !isNATS {
		return unknown
	}
	var info struct {
		Name    string `json:"server_name"`
		Version string `json:"version"`
	}
	if err := json.Unmarshal([]byte(greeting), &info); err != nil {
		return "a NATS server"
	}
	return fmt.Sprintf("a NATS server (name %s, version %s)", info.Name, info.Version)
}
