//go:build chromium

package webtest

import (
	"flag"
	"testing"

	"go.uber.org/goleak"
)

var screenshots = flag.Bool("screenshots", false, "make the pictures of docs/ui again")

func TestMain(m *testing.M) {
	flag.Parse()
	goleak.VerifyTestMain(m)
}
