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
// the embedded server is to.
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
