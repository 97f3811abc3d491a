package natstest

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// codeStreamCreate is nats-server's word for a stream that it could not make, for a reason of its own.
const codeStreamCreate jetstream.ErrorCode = 10049

// Remake makes a stream whose name was just deleted. For a moment nats-server may fail to make its store ("error creating
// store for stream"), in the folder in which it still ends with the one before.
func Remake(ctx context.Context, create func() error) error {
	for {
		err := create()
		var refused *jetstream.APIError
		if !errors.As(err, &refused) || refused.ErrorCode != codeStreamCreate {
			return err
		}
		select {
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
			return err
		}
	}
}
