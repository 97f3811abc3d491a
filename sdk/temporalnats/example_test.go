package temporalnats_test

import (
	"fmt"

	"github.com/nats-io/nats.go"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/perdure/perdure/sdk/temporalnats"
)

// Greet is a workflow as Temporal's SDK knows it.
func Greet(_ workflow.Context, name string) (string, error) { return "Hello, " + name, nil }

// A worker of Temporal's Go SDK on a NATS connection.
func Example() {
	conn, err := nats.Connect("nats://127.0.0.1:4222", nats.MaxReconnects(-1))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer conn.Close()
	over, err := temporalnats.New(temporalnats.Config{Conn: conn})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer over.Close()
	c, err := client.Dial(client.Options{
		HostPort:          "passthrough:///nats", // nothing is dialed there
		ConnectionOptions: client.ConnectionOptions{DialOptions: over.DialOptions()},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	w := worker.New(c, "greetings", worker.Options{})
	w.RegisterWorkflow(Greet)
	if err := w.Run(worker.InterruptCh()); err != nil {
		fmt.Println(err)
	}
}
