package determinism_test

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/perdure/perdure/sdk/determinism"
)

// Comments in the packages of testdata say what is found there, and that nothing else is.
func TestFindings(t *testing.T) {
	analysistest.Run(findingsAlone{t}, analysistest.TestData(), determinism.Analyzer, "./...")
}

// findingsAlone does not want the facts of packages foretold: what they say is seen in the packages that import them.
type findingsAlone struct{ *testing.T }

func (f findingsAlone) Errorf(format string, args ...any) {
	f.Helper()
	if text := fmt.Sprintf(format, args...); !strings.Contains(text, "unexpected fact: {package ") {
		f.Error(text)
	}
}
