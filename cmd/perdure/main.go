// Command perdure is the server and the command line of Perdure.
//
// `perdure server` composes the server by package runtime. All other commands are
// clients: they send the API's requests to the subjects of package api and render the answers.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	if isVetTool(os.Args[1:]) {
		vetTool()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second interrupt ends what does not heed the first
	code := run(ctx, os.Args[1:], streams{in: os.Stdin, out: os.Stdout, err: os.Stderr, terminal: isTerminal(os.Stdin)})
	stop()
	os.Exit(code)
}

// streams are what a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
	// terminal says that somebody is at in, who can be asked.
	terminal bool
}

// run executes one command line and returns its exit code. The error's text, if any, is on
// the error stream by then.
func run(ctx context.Context, args []string, io streams) int {
	root, global := newRoot(io)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	return report(io.err, global.errorOutput(args), err)
}
