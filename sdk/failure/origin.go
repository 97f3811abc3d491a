package failure

import failurepb "go.temporal.io/api/failure/v1"

// origin is the failure that an error was made of; it is what the error becomes again.
type origin struct {
	failure *failurepb.Failure
	stack   string // decoded, if the failure's texts are encoded
}

func (o origin) original() *failurepb.Failure { return o.failure }

type hasOriginal interface{ original() *failurepb.Failure }

// StackTrace is where the error was made, if its failure says so.
func (o origin) StackTrace() string { return o.stack }

// withCause appends a cause to an error's text.
func withCause(text string, cause error) string {
	if cause == nil {
		return text
	}
	return text + ": " + cause.Error()
}
