package main

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/perdure/perdure/internal/heap"
	"github.com/perdure/perdure/runtime"
)

// noSync is how often the embedded server's files are synced without fsync: nats-server's own default.
const noSync = 2 * time.Minute

// newServerCommand is the server child: it says where it listens when it is ready.
func newServerCommand() *cobra.Command {
	var dataDir, fsync string
	var shards int
	var noIndex bool
	c := &cobra.Command{
		Use: "server", Hidden: true, Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			defer heap.Reserve()() // as cmd/perdure does
			interval := noSync
			if fsync == fsyncOn {
				interval = runtime.SyncAlways
			}
			server, err := runtime.Start(c.Context(), runtime.Config{
				DataDir: dataDir, Listen: "127.0.0.1:0", GRPC: runtime.GRPC{Listen: "127.0.0.1:0"}, SyncInterval: interval, Shards: shards, Logger: childLogger(),
				Tuning: runtime.Tuning{NoIndex: noIndex},
			})
			if err != nil {
				return err
			}
			err = obey(os.Stdin, os.Stdout, addresses{server.URL(), server.GRPCAddr()}.String())
			ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Context()), stopTime/2)
			defer cancel()
			return errors.Join(err, server.Stop(ctx))
		},
	}
	c.Flags().StringVar(&dataDir, "data-dir", "", "the embedded server's folder")
	c.Flags().StringVar(&fsync, "fsync", fsyncOff, "on or off")
	c.Flags().IntVar(&shards, "shards", 0, "shards of the namespace")
	c.Flags().BoolVar(&noIndex, "no-index", false, "keep no index of workflows")
	return c
}

// childLogger writes warnings to the error stream, which is the parent's.
func childLogger() zerolog.Logger {
	return zerolog.New(os.Stderr).Level(zerolog.WarnLevel).With().Timestamp().Logger()
}
