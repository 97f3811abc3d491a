package objects

import (
	"errors"
	"fmt"
)

// Errors to test with errors.Is. The text of what is returned names the bucket, or the object, and says what to do.
var (
	// ErrNoBucket: nobody answers for the bucket: it is missing, or none of its servers runs. Who may ask JetStream for it can tell.
	ErrNoBucket = errors.New("nobody answers for the bucket of large payloads")
	// ErrNotFound: the object is not in the bucket.
	ErrNotFound = errors.New("the large payload is not there")
	// ErrDamaged: what is there is not what the object's name says.
	ErrDamaged = errors.New("the large payload is damaged")
	// ErrFull: no space, or a limit of the bucket, the account or the server.
	ErrFull = errors.New("no space for large payloads")
	// ErrUnavailable: JetStream did not answer; it is worth trying again.
	ErrUnavailable = errors.New("the bucket of large payloads does not answer")
)

func (b *Bucket) noBucket() error {
	return fmt.Errorf("%w: %s (stream %s)", ErrNoBucket, b.Name, b.Name.Stream())
}

func (b *Bucket) unavailable(what string, err error) error {
	return fmt.Errorf("%w: %s: %s: %w", ErrUnavailable, b.Name, what, err)
}
