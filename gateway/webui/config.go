package webui

import (
	"context"
	"errors"
	"net"

	"github.com/rs/zerolog"
	"github.com/temporalio/ui-server/v2/server/config"
)

// Config is what a Web UI needs. Listener and Dial are required.
type Config struct {
	// Listener is where browsers connect. Start takes it over, and Stop closes it.
	Listener net.Listener
	// Dial opens a connection, without TLS, to the gRPC door.
	Dial func(ctx context.Context) (net.Conn, error)
	// Namespace is shown first; empty: default.
	Namespace string
	// Logger gets what goes wrong within the pages' server: nothing of it concerns workflows.
	Logger zerolog.Logger
}

func (c *Config) complete() error {
	if c.Listener == nil || c.Dial == nil {
		return errors.New("webui: a listener and a way to the gRPC door are needed")
	}
	if c.Namespace == "" {
		c.Namespace = "default"
	}
	return nil
}

// doorName stands for the door's address, which Dial knows.
const doorName = "passthrough:///gRPC door"

// settings tell the pages what to show. Actions that are not served are hidden: an offered button works.
func (c *Config) settings() *config.Config {
	return &config.Config{
		TemporalGRPCAddress: doorName,
		EnableUI:            true,
		HideLogs:            true,
		DefaultNamespace:    c.Namespace,
		Distribution:        "server",

		DisableNewsFetch:   true,
		NotifyOnNewVersion: false,

		BatchActionsDisabled:     true,
		WorkflowResetDisabled:    true,
		WorkflowUpdateDisabled:   true,
		WorkflowPauseDisabled:    true,
		ActivityCommandsDisabled: true, // pausing, resetting and changing single activities
	}
}
