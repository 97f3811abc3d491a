package e2e

import (
	"flag"
	"testing"

	"go.uber.org/goleak"

	"github.com/perdure/perdure/internal/proctest"
)

var long = flag.Bool("long", false, "run the long forms of the tests under load")

// TestMain is a server or a worker where the environment says so, and the tests elsewhere.
func TestMain(m *testing.M) {
	proctest.Become(serverVariable, serve)
	proctest.Become(workerVariable, work)
	flag.Parse()
	// A nats-server that is stopped in the middle of an atomic batch leaves the batch's store open.
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("github.com/nats-io/nats-server/v2/server.(*fileStore).flushStreamStateLoop"),
		goleak.IgnoreAnyFunction("github.com/nats-io/nats-server/v2/server.(*msgBlock).flushLoop"),
		goleak.IgnoreAnyFunction("github.com/nats-io/nats-server/v2/server/ats.Register.func1"),
	)
}
