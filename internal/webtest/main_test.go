//go:build chromium

package webtest

import (
	"flag"
	"testing"

	"github.com/perdure/perdure/internal/natstest"
)

var screenshots = flag.Bool("screenshots", false, "make the pictures of docs/ui again")

func TestMain(m *testing.M) {
	flag.Parse()
	natstest.VerifyTestMain(m)
}
