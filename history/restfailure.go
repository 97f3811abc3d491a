package history

import (
	"errors"

	"github.com/perdure/perdure/history/rest"
)

// restFailed tells whether one run is set aside: it stays in memory, and its records in the log. An
// error ends the loop.
func (l *loop) restFailed(id string, err error, passing *restFailures) (setAside bool, fatalErr error) {
	switch {
	case errors.Is(err, rest.ErrSetAside):
		l.logger.Error().Err(err).Str("workflow", id).Msg("a run is set aside: it goes on, but it is not written to rest, and the log keeps growing")
		return true, nil
	case errors.Is(err, rest.ErrSuperseded):
		l.frame.barrier = true // if there is a newer owner, this one learns of it
	case fatal(err):
		return false, err
	}
	passing.add(err)
	return false, nil
}

// restFailures are the failures of one write that may pass: one line of the log for all.
type restFailures struct {
	count int
	first error
}

func (f *restFailures) add(err error) {
	if f.count == 0 {
		f.first = err
	}
	f.count++
}

func (f *restFailures) log(l *loop, message string) {
	if f.count > 0 {
		l.logger.Warn().Err(f.first).Int("runs", f.count).Msg(message)
	}
}
