package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := newCommand().ExecuteContext(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func newCommand() *cobra.Command {
	o := &options{}
	c := &cobra.Command{
		Use:   "bench",
		Short: "Measure workflows per second, latency, CPU, memory and disk",
		Example: `  make bench
  make bench ARGS="--only W2 --seconds 5 --concurrency 1,64,256 --fsync on,off --json FILE"`,
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := o.validate(); err != nil {
				return err
			}
			return runSuite(c.Context(), o, c.OutOrStdout())
		},
	}
	o.register(c.Flags())
	c.CompletionOptions.DisableDefaultCmd = true
	c.AddCommand(newServerCommand(), newWorkerCommand())
	return c
}
