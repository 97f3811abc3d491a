package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/perdure/perdure/gateway/temporalgrpc"
	"github.com/perdure/perdure/internal/heap"
	"github.com/perdure/perdure/runtime"
)

// stopTimeout is how long a server has to end cleanly.
const stopTimeout = 15 * time.Second

type serverOptions struct {
	config, dataDir, listen, sync string
	indexDir                      string
	grpcListen, uiListen          string
	metricsListen                 string
	uiHosts                       []string
	grpcTLS                       temporalgrpc.TLS
	namespaces                    []string
	shards, replicas              int
	startTimeout, payloadGrace    duration
	logLevel, logFormat           string
}

func newServer(g *global) *cobra.Command {
	o := serverOptions{startTimeout: duration(runtime.DefaultStartTimeout)}
	c := &cobra.Command{
		Use:   "server",
		Short: "Serve workflows, with a NATS server of its own or on one that is there",
		Long: `Serve workflows until stopped by an interrupt or SIGTERM.

Without --nats-url and --context, a NATS server with JetStream runs within this process: any NATS
client can connect to it. Its data is in --data-dir, and each write is synced before it is acknowledged. With
them, the server serves on that deployment, which has to have JetStream.`,
		Example: `  perdure server
  perdure server --data-dir /var/lib/perdure --listen 0.0.0.0:4222
  perdure server --config nats.conf
  perdure server --context production --replicas 3 --make-namespace shop`,
		RunE: func(c *cobra.Command, _ []string) error { return g.serve(c, &o) },
	}
	flags := c.Flags()
	flags.StringVar(&o.config, "config", "", "configuration file of nats-server for the embedded one")
	flags.StringVar(&o.dataDir, "data-dir", "", "folder of the embedded server's data (default the configuration's store_dir, or "+runtime.DefaultDataDir+")")
	flags.StringVar(&o.indexDir, "index-dir", "", "folder of the indexes that workflows are listed from (default index in --data-dir; with an existing NATS, a temporary one, filled anew at each start)")
	flags.StringVar(&o.listen, "listen", "", "host:port of the embedded server (default the configuration's, or "+runtime.DefaultListen+"; port 0 takes a free one)")
	flags.StringVar(&o.sync, "sync-interval", "", "how often the embedded server's files are synced: always, or a duration (default the configuration's, or always)")
	flags.StringVar(&o.grpcListen, "grpc-listen", "", "host:port where Temporal's SDKs and command line connect; "+doorDefault(runtime.DefaultGRPCListen))
	flags.StringVar(&o.grpcTLS.Cert, "grpc-tls-cert", "", "file with the certificate of the gRPC listener, in PEM")
	flags.StringVar(&o.grpcTLS.Key, "grpc-tls-key", "", "file with the key of --grpc-tls-cert")
	flags.StringVar(&o.grpcTLS.ClientCA, "grpc-tls-client-ca", "", "file with the authorities of which gRPC clients need a certificate")
	flags.StringVar(&o.uiListen, "ui-listen", "", "host:port of the Web UI, which has no login; "+doorDefault(runtime.DefaultUIListen))
	flags.StringSliceVar(&o.uiHosts, "ui-host", nil, "name that browsers know the Web UI by, such as a proxy's; several times for several, or separated by commas (localhost, IP addresses and the host of --ui-listen always are; requests for other names are refused)")
	flags.StringVar(&o.metricsListen, "metrics-listen", "", "host:port of /metrics, for Prometheus, and /healthz; "+doorDefault(runtime.DefaultMetricsListen))
	flags.StringSliceVar(&o.namespaces, "make-namespace", nil, "namespaces to make if they are absent, separated by commas; --namespace, if given, is made too; the embedded server always has "+runtime.DefaultNamespace)
	flags.StringVar(&g.Connect.Domain, "js-domain", "", "JetStream domain to make the streams in (default the context's, or that of the server connected to)")
	flags.IntVar(&o.shards, "shards", 0, "shards of namespaces that are made (default 4)")
	flags.IntVar(&o.replicas, "replicas", 0, "copies of streams that are made (default 1)")
	flags.Var(&o.startTimeout, "start-timeout", "how long to wait for NATS to come up and for JetStream to answer")
	durationFlag(flags, &o.payloadGrace, "payload-grace", "how long a large payload stays after it was put, whoever holds it: "+spell(minPayloadGrace)+
		" or more, the same for all servers of a namespace; after lowering it, start clients and workers again (default 1h)")
	flags.StringVar(&o.logLevel, "log-level", "warn", "trace, debug, info, warn or error")
	flags.StringVar(&o.logFormat, "log-format", "text", "text or json")
	setEnvironment(flags, "config", "data-dir", "index-dir", "listen", "sync-interval", "grpc-listen", "grpc-tls-cert", "grpc-tls-key", "grpc-tls-client-ca", "ui-listen", "ui-host", "metrics-listen", "make-namespace", "js-domain", "start-timeout", "payload-grace", "log-level", "log-format")
	choose(flags, "log-level", "trace", "debug", "info", "warn", "error")
	choose(flags, "log-format", "text", "json")
	return c
}

// doorDefault is what the doors beside NATS have in common.
func doorDefault(address string) string {
	return "port 0 takes a free one, off serves none (default " + address + " with the embedded server, unless another program listens there; off with an existing NATS)"
}

func (g *global) serve(c *cobra.Command, o *serverOptions) error {
	if err := o.check(g, c.Flags()); err != nil {
		return err
	}
	config, err := o.runtimeConfig(g, c.Flags().Changed("namespace"))
	if err != nil {
		return err
	}
	if err := config.Validate(); err != nil {
		return usageError{err}
	}
	defer heap.Reserve()()
	ctx := c.Context()
	server, err := runtime.Start(ctx, config)
	if err != nil {
		return startError{err}
	}
	err = g.ready(server)
	if err == nil {
		select {
		case <-ctx.Done():
		case <-server.Closed():
			err = errors.New("the connection to NATS is closed for good: see the log, and start again")
		}
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	return errors.Join(err, server.Stop(stopping))
}

// ready tells whoever waits for it, person or program, that requests are answered.
func (g *global) ready(server *runtime.Server) error {
	answer := struct {
		Ready   bool   `json:"ready"`
		NATSURL string `json:"natsUrl"`
		GRPC    string `json:"grpcAddress,omitempty"`
		UI      string `json:"uiUrl,omitempty"`
		Metrics string `json:"metricsAddress,omitempty"`
	}{true, server.URL(), server.GRPCAddr(), server.UIURL(), server.MetricsAddr()}
	return g.show(answer, func(int) []string {
		lines := []string{"Perdure is ready at " + server.URL()}
		if address := server.GRPCAddr(); address != "" {
			lines = append(lines, "Temporal's clients connect to "+address)
		}
		if url := server.UIURL(); url != "" {
			lines = append(lines, "The Web UI is at "+url)
		}
		if address := server.MetricsAddr(); address != "" {
			lines = append(lines, "Metrics are at http://"+address+"/metrics, the health at /healthz")
		}
		if !server.HasNamespace() {
			lines = append(lines, "There is no namespace yet: make one with `perdure namespace create default`")
		}
		if variable := g.Connect.Variable; variable != "" {
			lines = append(lines, variable+" is set and names this NATS; unset it to embed a NATS server")
		}
		return lines
	})
}

func (o *serverOptions) runtimeConfig(g *global, namespaceGiven bool) (runtime.Config, error) {
	logger, err := o.logger(g)
	if err != nil {
		return runtime.Config{}, err
	}
	interval, err := syncInterval(o.sync)
	if err != nil {
		return runtime.Config{}, err
	}
	namespaces := o.namespaces
	if namespaceGiven {
		namespaces = append([]string{g.Namespace}, namespaces...)
	}
	return runtime.Config{
		External:     g.external(),
		Connection:   g.Connect,
		NATSConfig:   o.config,
		DataDir:      o.dataDir,
		Listen:       o.listen,
		IndexDir:     o.indexDir,
		SyncInterval: interval,
		StartTimeout: time.Duration(o.startTimeout),
		GRPC:         o.grpc(g),
		UI:           o.ui(g),
		Metrics:      o.metrics(g),
		Prefix:       g.Prefix,
		Namespaces:   namespaces,
		Shards:       o.shards,
		Replicas:     o.replicas,
		Tuning:       runtime.Tuning{PayloadGrace: time.Duration(o.payloadGrace)},
		Version:      programVersion(),
		Logger:       logger,
	}, nil
}

// grpc is where gRPC is served: by default where Temporal's clients look for it.
func (o *serverOptions) grpc(g *global) runtime.GRPC {
	listen, optional := g.door(o.grpcListen, runtime.DefaultGRPCListen)
	return runtime.GRPC{Listen: listen, Optional: optional, TLS: o.grpcTLS}
}

// ui is where the Web UI is served.
func (o *serverOptions) ui(g *global) runtime.UI {
	listen, optional := g.door(o.uiListen, runtime.DefaultUIListen)
	return runtime.UI{Listen: listen, Optional: optional, Hosts: o.uiHosts}
}

// metrics is where metrics and the health are served.
func (o *serverOptions) metrics(g *global) runtime.Metrics {
	listen, optional := g.door(o.metricsListen, runtime.DefaultMetricsListen)
	return runtime.Metrics{Listen: listen, Optional: optional}
}

// door is where a door beside NATS listens. What was asked for is served or the start fails; what is on by default gives way to
// another program that listens there, so that a second server starts beside the first.
func (g *global) door(given, byDefault string) (listen string, optional bool) {
	switch {
	case given == "off":
		return "", false
	case given == "" && !g.external():
		return byDefault, true
	}
	return given, false
}

// external tells whether an existing NATS deployment is named.
func (g *global) external() bool { return g.Connect.URL != "" || g.Connect.Context != "" }

// startError is why a server does not start. It says what to do itself.
type startError struct{ error }

func (e startError) Unwrap() error { return e.error }

func syncInterval(text string) (time.Duration, error) {
	switch strings.ToLower(text) {
	case "":
		return 0, nil
	case "always":
		return runtime.SyncAlways, nil
	}
	var interval duration
	if err := interval.Set(text); err != nil || interval == 0 {
		return 0, usagef("--sync-interval %s: use always, or a duration such as 90s, 2h30m or 7d", text)
	}
	return time.Duration(interval), nil
}

func (o *serverOptions) logger(g *global) (zerolog.Logger, error) {
	level, err := zerolog.ParseLevel(o.logLevel)
	if err != nil || o.logLevel == "" {
		return zerolog.Nop(), usagef("--log-level %s: use trace, debug, info, warn or error", o.logLevel)
	}
	switch o.logFormat {
	case "json":
		return zerolog.New(g.io.err).Level(level).With().Timestamp().Logger(), nil
	case "text":
		writer := zerolog.ConsoleWriter{Out: g.io.err, TimeFormat: time.TimeOnly, NoColor: width(g.io.err) == 0}
		return zerolog.New(writer).Level(level).With().Timestamp().Logger(), nil
	}
	return zerolog.Nop(), usagef("--log-format %s: use text or json", o.logFormat)
}
