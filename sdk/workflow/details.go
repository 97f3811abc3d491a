package workflow

// SetCurrentDetails tells where the workflow stands, in some lines of Markdown, to whoever asks for its metadata:
// user interfaces, and perdure workflow metadata. It leaves no trace in the history; a replay sets it again.
func SetCurrentDetails(ctx Context, text string) { ctx.run().env.SetCurrentDetails(text) }

// GetCurrentDetails is what was set last.
func GetCurrentDetails(ctx Context) string { return ctx.run().env.CurrentDetails() }
