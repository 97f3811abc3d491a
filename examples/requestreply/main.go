// Command requestreply is an example of a service that uses workflows without any SDK: plain NATS requests
// with JSON bodies, as a program in any language would send them.
//
// It is a NATS service itself: who sends an order to shop.checkout gets the receipt, or the reason why
// there is none. Behind it, each order is a workflow of examples/checkout, so an order that was accepted
// is finished even if this service is not there any more.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/nats-io/nats.go"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "requestreply:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends.
func run(ctx context.Context) error {
	url := os.Getenv("NATS_URL")
	if url == "" {
		url = nats.DefaultURL
	}
	conn, err := nats.Connect(url, nats.MaxReconnects(-1))
	if err != nil {
		return fmt.Errorf("connecting to NATS at %s: %w", url, err)
	}
	defer conn.Close()
	s, err := serve(ctx, conn)
	if err != nil {
		return err
	}
	fmt.Println("Send orders to", checkoutSubject)
	<-ctx.Done()
	return s.stop()
}
