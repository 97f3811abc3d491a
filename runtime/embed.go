package runtime

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/rs/zerolog"
)

// embedded is a nats-server within this process, and the lock on its folder.
type embedded struct {
	nats *server.Server
	dir  string
	lock *folderLock
}

// startEmbedded starts a nats-server and returns when it takes connections.
func startEmbedded(ctx context.Context, c Config) (*embedded, error) {
	options, err := c.natsOptions()
	if err != nil {
		return nil, err
	}
	if err := checkReplicas(c.Replicas, options.Cluster.Port != 0 || options.Cluster.Name != ""); err != nil {
		return nil, err
	}
	if err := checkLogin(options, c.Connection); err != nil {
		return nil, err
	}
	warnOpen(c, options)
	lock, err := lockFolder(options.StoreDir, dataDirFlag)
	if err != nil {
		return nil, err
	}
	started, err := startServer(ctx, options, c.Logger)
	if err != nil {
		return nil, errors.Join(err, lock.release())
	}
	return &embedded{nats: started, dir: options.StoreDir, lock: lock}, nil
}

func startServer(ctx context.Context, options *server.Options, logger zerolog.Logger) (*server.Server, error) {
	if err := checkPort(ctx, options.Host, options.Port); err != nil {
		return nil, err
	}
	s, err := server.NewServer(options)
	if err != nil {
		return nil, fmt.Errorf("embedded NATS: its options are not valid: %w", err)
	}
	log := newServerLog(logger)
	s.SetLoggerV2(log, logger.GetLevel() <= zerolog.TraceLevel, false, false)
	// It returns when the server serves or has reported a fatal error. One that is shut down before would go on all the same.
	s.Start()
	if err = log.failure(options.StoreDir); err == nil {
		err = checkRoom(s, options.StoreDir)
	}
	if err == nil && ctx.Err() != nil {
		err = fmt.Errorf("embedded NATS: stopped while it was starting: %w", ctx.Err())
	}
	if err == nil {
		return s, nil
	}
	s.Shutdown()
	s.WaitForShutdown()
	return nil, err
}

// checkRoom refuses a store that takes no more: no shard could begin. nats-server uses three quarters of
// what is free and its own, unless its configuration says otherwise (max_file_store).
func checkRoom(s *server.Server, dir string) error {
	info, err := s.Jsz(&server.JSzOptions{})
	if err != nil {
		return fmt.Errorf("embedded NATS: asking for the state of JetStream: %w", err)
	}
	if used, most := info.Store, info.Config.MaxStore; most > 0 && used >= uint64(most) || most == 0 {
		return fmt.Errorf("data folder %s: %w: there is no space left for JetStream, which holds %d bytes and may hold %d: free disk space, or raise max_file_store, and start again; nothing acknowledged is lost", dir, ErrDiskFull, used, most)
	}
	return nil
}

// stop ends the server, with all data written, and then lets others have the folder.
func (e *embedded) stop() error {
	e.nats.Shutdown()
	e.nats.WaitForShutdown()
	return e.lock.release()
}

// url is where others connect.
func (e *embedded) url() string { return e.nats.ClientURL() }

// natsOptions are the configuration file's settings, with those of Config before
// them and defaults for what neither says.
func (c Config) natsOptions() (*server.Options, error) {
	options := &server.Options{Host: "127.0.0.1", Port: server.DEFAULT_PORT, JetStream: true, SyncAlways: true}
	if c.NATSConfig != "" {
		var err error
		if options, err = readNATSConfig(c.NATSConfig); err != nil {
			return nil, err
		}
	}
	if c.Listen != "" {
		host, port, err := splitListen(c.Listen, DefaultListen)
		if err != nil {
			return nil, err
		}
		if port == 0 {
			port = server.RANDOM_PORT
		}
		options.Host, options.Port = host, port
	}
	switch {
	case c.SyncInterval == SyncAlways:
		options.SyncAlways = true
	case c.SyncInterval > 0:
		options.SyncInterval, options.SyncAlways = c.SyncInterval, false
	}
	options.StoreDir = absolute(cmp.Or(c.DataDir, options.StoreDir, DefaultDataDir))
	options.NoSigs = true // signals are the program's
	return options, nil
}

// readNATSConfig reads a file by nats-server's own parser.
func readNATSConfig(path string) (*server.Options, error) {
	options, err := server.ProcessConfigFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the NATS configuration %s: %w", path, err)
	}
	if !options.JetStream {
		return nil, fmt.Errorf("NATS configuration %s: JetStream is not enabled: add `jetstream { store_dir: ... }`", path)
	}
	if options.SyncInterval == 0 {
		options.SyncAlways = true // the file does not say: nats-server's own default syncs every two minutes
	}
	if options.Port == 0 {
		options.Port = server.DEFAULT_PORT
	}
	if options.Host == "" {
		options.Host = "127.0.0.1" // nats-server's own default is every address
	}
	return options, nil
}

// inProcess makes connections within the process, without a socket.
func (e *embedded) inProcess() nats.Option { return nats.InProcessServer(e.nats) }

// checkPort tells who listens already where the server is to.
func checkPort(ctx context.Context, host string, port int) error {
	if port == server.RANDOM_PORT {
		return nil
	}
	address := net.JoinHostPort(host, strconv.Itoa(port))
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err == nil {
		return listener.Close()
	}
	return portError(ctx, address, err)
}
