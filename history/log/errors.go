package log

import "errors"

// Errors of this package, to test with errors.Is; those of package
// history/stream (ErrMissing, ErrReplaced, ErrSettings, ErrLost, ErrFull,
// ErrNotEnabled) come from here too.
var (
	// ErrConflict: the log's tail is not where TakeOver was told: read on and try again.
	ErrConflict = errors.New("the log's tail has moved")
	// ErrFenced: another writer appended: this one owns the log no more.
	ErrFenced = errors.New("another writer has appended to the log")
	// ErrDoubtful: whether the frame is in the log is not known.
	ErrDoubtful = errors.New("it is not known whether the frame was appended")
	// ErrEnded: the Writer has failed or was closed.
	ErrEnded = errors.New("the log's writer has ended")
	// ErrBusy: MaxInFlight frames wait for their acknowledgements.
	ErrBusy = errors.New("too many frames are in flight")
	// ErrTooLarge: the frame exceeds MaxFrame.
	ErrTooLarge = errors.New("the frame is too large")
	// ErrVersion: a frame has a version that this program cannot read.
	ErrVersion = errors.New("unknown version of a frame")
	// ErrCorrupt: a message is a frame of the log's epoch and cannot be decoded.
	ErrCorrupt = errors.New("a frame cannot be decoded")
)
