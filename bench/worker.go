package main

import (
	"errors"
	"os"

	"github.com/spf13/cobra"
)

// newWorkerCommand is the worker child of one SDK.
func newWorkerCommand() *cobra.Command {
	var name string
	var at addresses
	var pollers int
	c := &cobra.Command{
		Use: "worker", Hidden: true, Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			chosen := []string{name}
			if err := known("--sdk", sdks, chosen); err != nil {
				return err
			}
			stop, err := choose(sdks, chosen)[0].work(at, pollers)
			if err != nil {
				return err
			}
			return errors.Join(obey(os.Stdin, os.Stdout, ""), stop())
		},
	}
	c.Flags().StringVar(&name, "sdk", nativeName, "the SDK")
	c.Flags().StringVar(&at.nats, "nats", "", "the server's URL")
	c.Flags().StringVar(&at.grpc, "grpc", "", "where the server listens for gRPC")
	c.Flags().IntVar(&pollers, "pollers", 0, "pollers of each type of Temporal's worker")
	return c
}
