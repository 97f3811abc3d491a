package e2e

import (
	"flag"
	"testing"

	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/internal/proctest"
)

var long = flag.Bool("long", false, "run the long forms of the tests under load")

// TestMain is a server or a worker where the environment says so, and the tests elsewhere.
func TestMain(m *testing.M) {
	proctest.Become(serverVariable, serve)
	proctest.Become(workerVariable, work)
	flag.Parse()
	natstest.VerifyTestMain(m)
}
