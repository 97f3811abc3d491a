package api

import "context"

type noteKey struct{}

// WithNotes is a context in which a call that is served in this process tells the headers of its reply, one by one and before
// the reply: note is called from any goroutine.
func WithNotes(ctx context.Context, note func(header, value string)) context.Context {
	return context.WithValue(ctx, noteKey{}, note)
}

// Note tells a header of the reply to whoever wants to know.
func Note(ctx context.Context, header, value string) {
	if note, wanted := ctx.Value(noteKey{}).(func(header, value string)); wanted {
		note(header, value)
	}
}
