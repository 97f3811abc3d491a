package rest

import "errors"

// Errors of this package, to test with errors.Is; those of package
// history/stream (ErrMissing of a whole stream, ErrReplaced, ErrSettings,
// ErrFull, ErrNotEnabled) come from here too.
var (
	// ErrSetAside: the run's subject holds what cannot be of this run as it is
	// known here: nothing was written, and nothing may be until somebody has looked.
	ErrSetAside = errors.New("what is at rest is not what is known of the run")
	// ErrSuperseded: a newer owner of the shard has written the run.
	ErrSuperseded = errors.New("a newer owner has written the run")
	// ErrGone: a message of the run is not there.
	ErrGone = errors.New("a message of the run at rest is gone")
	// ErrCorrupt: a message of the run cannot be read.
	ErrCorrupt = errors.New("a message of the run at rest cannot be read")
	// ErrVersion: a message has a version that this program cannot read.
	ErrVersion = errors.New("unknown version of a run at rest")
	// ErrTooLarge: the run exceeds MaxRun.
	ErrTooLarge = errors.New("the run is too large")
	// ErrDoubtful: whether the run was written is not known; writing it again settles it.
	ErrDoubtful = errors.New("it is not known whether the run was written")
)

// errRejected: a subject of a batch has another last sequence than was expected.
var errRejected = errors.New("the batch was refused")
