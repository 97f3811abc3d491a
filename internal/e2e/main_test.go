package e2e

import (
	"flag"
	"os"
	"testing"

	"go.uber.org/goleak"
)

var long = flag.Bool("long", false, "run the long form of the crash test")

// TestMain is a server or a worker where the environment says so, and the tests elsewhere.
func TestMain(m *testing.M) {
	if settings := os.Getenv(serverVariable); settings != "" {
		os.Exit(serve(settings))
	}
	if url := os.Getenv(workerVariable); url != "" {
		os.Exit(work(url))
	}
	flag.Parse()
	goleak.VerifyTestMain(m)
}
