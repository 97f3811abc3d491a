package stream

import (
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// Errors to test with errors.Is. The text of what is returned names the
// stream and says what to do.
var (
	// ErrMissing: the stream was made and is not there.
	ErrMissing = errors.New("stream is missing")
	// ErrReplaced: a stream of the name is there, but not the one that was made.
	ErrReplaced = errors.New("stream is not the one that was made")
	// ErrSettings: the stream has settings that it must not have.
	ErrSettings = errors.New("stream has other settings than it must have")
	// ErrLost: messages that must be in the stream are not.
	ErrLost = errors.New("messages are missing in the stream")
	// ErrNotEnabled: the account has no JetStream.
	ErrNotEnabled = errors.New("JetStream is not enabled")
	// ErrFull: no space, or a limit of the stream, the account or the server.
	ErrFull = errors.New("no space in JetStream")
	// ErrNoMessage: no message has that sequence or subject.
	ErrNoMessage = errors.New("no such message")
)

// Codes of JetStream's errors, as in the server's errors.json.
const (
	CodeAccountResources      = 10002
	CodeInsufficientResources = 10023
	CodeMaximumStreams        = 10027
	CodeMemoryResources       = 10028
	CodeNoMessage             = 10037
	CodeNotEnabledForAccount  = 10039
	CodeStorageResources      = 10047
	CodeMessageTooLarge       = 10054
	CodeNameInUse             = 10058
	CodeStreamNotFound        = 10059
	CodeWrongLastSequence     = 10071
	CodeNotEnabled            = 10076
	CodeStoreFailed           = 10077
	CodeNoLimits              = 10120
	CodeBatchesDisabled       = 10174
	codeSequenceNotFound      = 10043
	codeDeleteFailed          = 10057
	// CodeWrongLastSequenceInFlight is CodeWrongLastSequence on a replicated
	// stream whose leader has not applied all that it has accepted.
	CodeWrongLastSequenceInFlight = 10164
)

func missing(name string) error {
	return fmt.Errorf("stream %s: %w: restore it from a backup and start again, or delete the namespace and make it anew (what the stream held is lost then)", name, ErrMissing)
}

func notEnabled() error {
	return fmt.Errorf("%w for this account: start nats-server with -js or a jetstream block in its configuration, and enable JetStream for the account of these credentials", ErrNotEnabled)
}

// Full is the error of a stream that could not take a message for want of space.
func Full(name string, err error) error {
	return fmt.Errorf("stream %s: %w: %w: free disk space or raise the limits of the account or the server; a file store that met a write error needs a restart of its nats-server", name, ErrFull, err)
}

// Explain gives an error of JetStream's, however wrapped, the stream's name, one of the errors above and what
// to do about it; others stay as they are.
func Explain(name string, err error) error { return failed(name, err) }

// apiError turns a code of JetStream's into one of the errors above.
func apiError(name string, e *jetstream.APIError) error {
	if e == nil {
		return nil
	}
	switch int(e.ErrorCode) {
	case CodeStreamNotFound:
		return missing(name)
	case CodeNotEnabled, CodeNotEnabledForAccount:
		return notEnabled()
	case CodeMaximumStreams:
		return fmt.Errorf("stream %s: %w: %w: raise the account's limit of streams (max_streams): a namespace has one for each shard and four more, and all namespaces share one", name, ErrFull, e)
	case CodeNoMessage:
		return fmt.Errorf("stream %s: %w", name, ErrNoMessage)
	}
	if IsFull(int(e.ErrorCode)) {
		return Full(name, e)
	}
	return fmt.Errorf("stream %s: %w", name, e)
}

// IsFull tells whether a code stands for no space or a limit.
func IsFull(code int) bool {
	switch code {
	case CodeAccountResources, CodeInsufficientResources, CodeMemoryResources, CodeStorageResources, CodeStoreFailed, CodeNoLimits:
		return true
	}
	return false
}

// isGone tells whether a message was to be deleted that is not there. One
// replica answers 10043, or 10057 with the text of its store.
func isGone(err error) bool {
	var e *jetstream.APIError
	if !errors.As(err, &e) {
		return false
	}
	switch e.ErrorCode {
	case CodeNoMessage, codeSequenceNotFound:
		return true
	case codeDeleteFailed:
		return strings.Contains(e.Description, "no message found") || strings.Contains(e.Description, "store EOF")
	}
	return false
}
