package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/perdure/perdure/sdk/client"
)

// setup is a server on an empty folder, a worker, and a client.
type setup struct {
	sdk     *sdk
	fsync   string
	profile string
	noIndex bool
	dir     string
	server  *child
	worker  *child
	caller  caller
	client  *client.Client // which asks for the index's lag
	empty   disk           // before the first workflow
	// How many lines were measured, and workflows run, on the server.
	cells, workflows int
}

func newSetup(ctx context.Context, o *options, sdk *sdk, fsync string) (s *setup, err error) {
	s = &setup{sdk: sdk, fsync: fsync, profile: o.profile, noIndex: o.noIndex}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.dir, err = os.MkdirTemp(o.dataDir, "perdure-bench-"); err != nil {
		return s, fmt.Errorf("making a folder for the server's data: %w", err)
	}
	var words string
	if s.server, words, err = startChild(ctx, "server", "--data-dir", s.dir, "--fsync", fsync, "--shards", strconv.Itoa(o.shards), "--no-index="+strconv.FormatBool(o.noIndex)); err != nil {
		return s, err
	}
	at := parseAddresses(words)
	if s.worker, _, err = startChild(ctx, "worker", "--sdk", sdk.name, "--nats", at.nats, "--grpc", at.grpc, "--pollers", strconv.Itoa(o.pollers)); err != nil {
		return s, err
	}
	if s.caller, err = sdk.connect(at); err != nil {
		return s, err
	}
	if s.client, err = client.Connect(client.Options{URL: at.nats}); err != nil {
		return s, err
	}
	s.empty, err = s.disk()
	return s, err
}

// close ends what there is, the server last, and removes its data.
func (s *setup) close() error {
	var errs []error
	if s.caller != nil {
		s.caller.close()
	}
	if s.client != nil {
		s.client.Close()
	}
	for _, c := range []*child{s.worker, s.server} {
		if c != nil {
			errs = append(errs, c.stop())
		}
	}
	if s.dir != "" {
		errs = append(errs, os.RemoveAll(s.dir))
	}
	return errors.Join(errs...)
}

// profiled are the three processes.
func (s *setup) profiled(ctx context.Context) []profiled {
	own := &profiler{}
	return []profiled{
		{s.server.name, func(line string) error { return s.server.ask(ctx, line) }},
		{s.worker.name, func(line string) error { return s.worker.ask(ctx, line) }},
		{"client", own.obey},
	}
}

// usage is what the processes have used up to now.
type usage struct {
	server, worker, client     time.Duration
	serverMemory, workerMemory int64
}

func (s *setup) usage() (u usage, err error) {
	var errs [5]error
	u.server, errs[0] = cpuTime(s.server.pid())
	u.worker, errs[1] = cpuTime(s.worker.pid())
	u.client, errs[2] = cpuTime(os.Getpid())
	u.serverMemory, errs[3] = residentBytes(s.server.pid())
	u.workerMemory, errs[4] = residentBytes(s.worker.pid())
	return u, errors.Join(errs[:]...)
}

// disk is how many bytes the server has on disk.
type disk struct{ all, history int64 }

func (s *setup) disk() (d disk, err error) {
	if d.all, err = diskBytes(s.dir, ""); err != nil {
		return d, err
	}
	d.history, err = diskBytes(s.dir, "_HISTORY")
	return d, err
}

const (
	diskLook   = 500 * time.Millisecond
	quietLooks = 4 // the server writes closed runs to rest once a second
	mostLooks  = 40
)

// settledDisk waits until the server's folder has stopped growing.
func (s *setup) settledDisk(ctx context.Context) (last disk, err error) {
	quiet := 0
	for range mostLooks {
		wait(ctx, diskLook)
		now, err := s.disk()
		if err != nil || ctx.Err() != nil {
			return now, errors.Join(err, ctx.Err())
		}
		if quiet++; now != last {
			quiet = 0
		}
		if last = now; quiet == quietLooks {
			break
		}
	}
	return last, nil
}
