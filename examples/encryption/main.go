// Command encryption is an example of workflows whose data only its own client and workers can read: inputs, results and
// the texts of errors are encrypted before they leave the process, and Perdure, NATS and its disks see none of it.
//
// It starts a worker and one workflow that fails, one that succeeds, and shows what their histories hold and what
// the client reads. It connects to NATS at $NATS_URL, by default nats://127.0.0.1:4222.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/google/uuid"

	"github.com/perdure/perdure/examples/encryption/sealed"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/worker"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Getenv("NATS_URL"), os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "encryption:", err)
		os.Exit(1)
	}
}

// dataConverter encrypts, and compresses before that. A real program takes its keys from where it keeps its secrets: with one
// that is made at each start, what was written before cannot be read.
func dataConverter() (converter.DataConverter, error) {
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return nil, err
	}
	codec, err := sealed.New(sealed.Keyring{Current: "example", Keys: map[string][]byte{"example": key}})
	if err != nil {
		return nil, err
	}
	return converter.WithEncodedFailures(converter.WithCodecs(converter.Default(), codec, converter.ZlibCodec{})), nil
}

func run(ctx context.Context, url string, out io.Writer) error {
	dc, err := dataConverter()
	if err != nil {
		return err
	}
	c, err := client.Connect(client.Options{URL: url, DataConverter: dc})
	if err != nil {
		return err
	}
	defer c.Close()
	w, err := worker.New(c, taskQueue, worker.Options{})
	if err != nil {
		return err
	}
	w.Register(Transfer.Implement(transfer), Book.Implement(book))
	if err := w.Start(); err != nil {
		return err
	}
	return errors.Join(story(ctx, c, out), w.Stop())
}

// story follows an order that is carried out, and one that is refused.
func story(ctx context.Context, c *client.Client, out io.Writer) error {
	for _, order := range []Order{{To: "Ada", Cents: 1200}, {To: "Mallory", Cents: 99_999_00}} {
		if err := follow(ctx, c, order, out); err != nil {
			return err
		}
	}
	return nil
}

// follow starts a workflow, and tells what the client and what anybody else reads of it.
func follow(ctx context.Context, c *client.Client, order Order, out io.Writer) error {
	run, err := client.Start(ctx, c, Transfer, order, client.StartOptions{ID: "transfer-" + uuid.NewString(), TaskQueue: taskQueue})
	if err != nil {
		return err
	}
	receipt, failed := run.Result(ctx)
	fmt.Fprintf(out, "The client reads: %q, error: %v\n", receipt, failed)
	for event, err := range c.History(ctx, run.ID(), run.RunID(), client.HistoryOptions{}) {
		if err != nil {
			return err
		}
		if started := event.GetWorkflowExecutionStartedEventAttributes(); started != nil {
			input := started.GetInput().GetPayloads()[0]
			fmt.Fprintf(out, "The history has an input of encoding %s, %d bytes\n", input.GetMetadata()["encoding"], len(input.GetData()))
		}
		if ended := event.GetWorkflowExecutionFailedEventAttributes(); ended != nil {
			fmt.Fprintf(out, "The history has the failure %q\n", ended.GetFailure().GetMessage())
		}
	}
	return nil
}
