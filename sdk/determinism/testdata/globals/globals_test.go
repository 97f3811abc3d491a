package globals

import (
	"testing"

	"github.com/perdure/perdure/sdk/workflow"
)

func TestShared(t *testing.T) { testOnly = 2 }

func ofTest(ctx workflow.Context) int {
	return testOnly // want `reading testOnly, which TestShared writes,`
}
