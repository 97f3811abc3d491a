package main

import (
	"errors"
	"os"

	"github.com/spf13/cobra"

	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/worker"
)

// newWorkerCommand is the worker child, with the settings that a worker has by default.
func newWorkerCommand() *cobra.Command {
	var url string
	c := &cobra.Command{
		Use: "worker", Hidden: true, Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			c, err := client.Connect(client.Options{URL: url, Logger: childLogger()})
			if err != nil {
				return err
			}
			defer c.Close()
			w, err := worker.New(c, taskQueue, worker.Options{})
			if err != nil {
				return err
			}
			w.Register(implementations()...)
			if err := w.Start(); err != nil {
				return err
			}
			return errors.Join(obey(os.Stdin, os.Stdout, ""), w.Stop())
		},
	}
	c.Flags().StringVar(&url, "url", "", "the server's URL")
	return c
}
