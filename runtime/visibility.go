package runtime

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/perdure/perdure/visibility"
)

// indexing is visibility with what is its own: a connection, since nats-server reads a stream for a connection before it takes
// the next frame from it; and the folder of its indexes.
type indexing struct {
	service *visibility.Service
	conn    *nats.Conn
	folder  *indexFolder
}

func (c *composition) startVisibility(ctx context.Context, domain string) error {
	i := &indexing{}
	err := i.open(ctx, c, domain)
	if err != nil {
		return errors.Join(fmt.Errorf("starting visibility: %w", err), i.stop(ctx))
	}
	c.visibility = i.service
	return c.add(ctx, "visibility", func(context.Context) error { return nil }, i.stop)
}

func (i *indexing) open(ctx context.Context, c *composition, domain string) (err error) {
	if i.folder, err = c.indexFolder(); err != nil {
		return err
	}
	if i.conn, err = c.again(ctx, "perdure server "+c.config.Owner+", index"); err != nil {
		return err
	}
	js, err := jetstream.New(i.conn)
	if domain != "" {
		js, err = jetstream.NewWithDomain(i.conn, domain)
	}
	if err != nil {
		return err
	}
	i.service, err = visibility.New(visibility.Config{
		JetStream: js, Names: c.config.names(), Positions: c.history, Namespaces: c.registry, Folder: i.folder.path, Logger: c.config.Logger,
		Off: c.config.Tuning.NoIndex,
	})
	return err
}

// stop is safe to be called twice.
func (i *indexing) stop(ctx context.Context) error {
	var err error
	if i.service != nil {
		err = i.service.Stop(ctx)
	}
	if i.conn != nil {
		i.conn.Close()
	}
	if i.folder != nil {
		err = errors.Join(err, i.folder.release())
	}
	return err
}

// indexFolder is where the indexes of workflows are.
type indexFolder struct {
	path    string
	release func() error
}

// indexFolder is the folder that is set; else one beside the embedded server's data, or, with an existing NATS, one for
// as long as this process runs: the streams have all that an index is made from.
func (s *Server) indexFolder() (*indexFolder, error) {
	dir := s.config.IndexDir
	switch {
	case dir != "":
		dir = absolute(dir)
	case s.embedded != nil:
		dir = filepath.Join(absolute(s.embedded.dir), "index")
	default:
		return temporaryIndexFolder()
	}
	if s.embedded != nil && dir == absolute(s.embedded.dir) {
		return &indexFolder{dir, func() error { return nil }}, nil // it is locked already
	}
	lock, err := lockFolder(dir, "--index-dir")
	if err != nil {
		return nil, err
	}
	return &indexFolder{dir, sync.OnceValue(lock.release)}, nil
}

func temporaryIndexFolder() (*indexFolder, error) {
	dir, err := os.MkdirTemp("", "perdure-index-")
	if err != nil {
		return nil, fmt.Errorf("a folder for the indexes of workflows: %w: name one with --index-dir", err)
	}
	return &indexFolder{dir, sync.OnceValue(func() error { return os.RemoveAll(dir) })}, nil
}
