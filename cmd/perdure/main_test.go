package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"

	"github.com/perdure/perdure/internal/natstest"
)

// The go command runs perdure vet's program, which is a test's here, as its vet tool.
func TestMain(m *testing.M) {
	if isVetTool(os.Args[1:]) {
		vetTool()
	}
	natstest.VerifyTestMain(m)
}

// result is what a command line has done.
type result struct {
	code     int
	out, err string
}

// perdure runs a command line; where there is something on stdin, it is typed.
func perdure(ctx context.Context, stdin string, args ...string) result {
	var out, err bytes.Buffer
	code := run(ctx, args, streams{in: strings.NewReader(stdin), out: &out, err: &err, terminal: stdin != ""})
	return result{code, out.String(), err.String()}
}
