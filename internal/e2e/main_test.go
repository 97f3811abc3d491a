package e2e

import (
	"flag"
	"os"
	"testing"

	"go.uber.org/goleak"
)

var long = flag.Bool("long", false, "run the long form of the crash test")

// TestMain is a server where the environment says so, and the tests elsewhere.
func TestMain(m *testing.M) {
	if settings := os.Getenv(serverVariable); settings != "" {
		os.Exit(serve(settings))
	}
	flag.Parse()
	goleak.VerifyTestMain(m)
}
