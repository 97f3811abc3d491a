package worker

import (
	"context"
	"errors"

	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/internal/offload"
)

// sentSize is how many bytes a message has when its large payloads are in the object store, where they are put by this.
// One that cannot be put there counts as nothing: sending the message tells why.
func (w *Worker) sentSize(ctx context.Context, message proto.Message) int64 {
	size := int64(proto.Size(message))
	if size <= w.conn.MaxPayload()/2 {
		return size // surely no matter
	}
	short, err := w.caller.Shorten(ctx, message)
	if err != nil {
		return 0
	}
	return int64(proto.Size(short))
}

// unstored tells that a large payload is not in the object store, and that trying again does not help.
func unstored(err error) bool {
	var failed *offload.Error
	return errors.As(err, &failed) && !failed.Passing()
}

// unreadable is why an attempt at an activity cannot begin whose input was not got from the object store. The retry policy
// decides: the store may be mended.
func unreadable(err error) error {
	return failure.NewApplicationError("a payload of the activity task cannot be read: "+err.Error(), "PayloadUnreadable")
}
