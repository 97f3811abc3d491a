package workflow

import "strconv"

// Go runs fn in a coroutine of the workflow. Use it, never the go statement. The coroutine starts
// when the calling one blocks; it ends with the workflow, finished or not.
func Go(ctx Context, fn func(ctx Context)) {
	r := ctx.run()
	r.coroutines++
	GoNamed(ctx, strconv.Itoa(r.coroutines), fn)
}

// GoNamed is [Go] with a name for stack traces.
func GoNamed(ctx Context, name string, fn func(ctx Context)) {
	ctx.run().outbound.Go(ctx, name, fn)
}
