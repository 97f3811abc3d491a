package webui

import (
	"errors"
	"net"

	"github.com/rs/zerolog"
	"github.com/temporalio/ui-server/v2/server/config"
	"google.golang.org/grpc"
)

// Config is what a Web UI needs. Listener and Service are required.
type Config struct {
	// Listener is where browsers connect. Start takes it over, and Stop closes it.
	Listener net.Listener
	// Service answers the methods of WorkflowService and OperatorService. Its errors are gRPC statuses.
	Service grpc.ClientConnInterface
	// Hosts are the names that browsers may ask for, beside localhost and IP addresses: others are refused. Upper and
	// lower case are the same.
	Hosts []string
	// Namespace is shown first; empty: default.
	Namespace string
	// Logger gets what goes wrong within the pages' server: nothing of it concerns workflows.
	Logger zerolog.Logger
}

func (c *Config) complete() error {
	if c.Listener == nil || c.Service == nil {
		return errors.New("webui: a listener and a service are needed")
	}
	if c.Namespace == "" {
		c.Namespace = "default"
	}
	return nil
}

// settings tell the pages what to show. Actions that are not served are hidden: an offered button works.
func (c *Config) settings() *config.Config {
	return &config.Config{
		EnableUI:         true,
		HideLogs:         true,
		DefaultNamespace: c.Namespace,

		DisableNewsFetch:   true,
		NotifyOnNewVersion: false,

		BatchActionsDisabled: true,
	}
}
