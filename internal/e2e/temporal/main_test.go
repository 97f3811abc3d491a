package temporal

import (
	"fmt"
	"os"
	"testing"

	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/internal/proctest"
)

// tests are those of the package, and the server that they share.
type tests struct{ *testing.M }

// Run runs them, and shows the server's log when one has failed.
func (m tests) Run() int {
	code := m.M.Run()
	if err := stopShared(); err != nil {
		fmt.Fprintln(os.Stderr, "stopping the server that the tests share:", err)
		code = 1
	}
	if code != 0 {
		fmt.Fprintf(os.Stderr, "the log of the server that the tests share:\n%s", &common.log)
	}
	return code
}

func TestMain(m *testing.M) {
	proctest.Become(serverVariable, serve)
	proctest.Become(workerVariable, work)
	natstest.VerifyTestMain(tests{m})
}
