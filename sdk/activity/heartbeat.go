package activity

import (
	"context"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/internal/attempt"
)

// RecordHeartbeat tells the service that the activity is alive, with details that a later attempt can
// go on from. It does not wait and may be called at any rate, from any goroutine: the first is sent at
// once, and then the latest whenever four fifths of the heartbeat time-out are over (30 s where there is none, at
// most 60 s; see worker.Options). The answer says whether the activity is to be cancelled; then ctx ends. Details
// that were not sent yet go along with a failure, but are lost with a worker.
func RecordHeartbeat(ctx context.Context, details ...any) {
	if out := outboundOf(ctx); out != nil {
		out.RecordHeartbeat(ctx, details...)
	}
}

// HasHeartbeatDetails tells whether an earlier attempt left details with a heartbeat.
func HasHeartbeatDetails(ctx context.Context) bool {
	env := attempt.From(ctx)
	return env != nil && len(env.HeartbeatDetails.GetPayloads()) > 0
}

// GetHeartbeatDetails decodes the last heartbeat's details of an earlier attempt into pointers, in
// order; pointers that are left over get their zero value. It returns [ErrNoHeartbeatDetails] if there
// are none, and what the data converter says if they are of other types.
func GetHeartbeatDetails(ctx context.Context, into ...any) error {
	if !HasHeartbeatDetails(ctx) {
		return ErrNoHeartbeatDetails
	}
	env := attempt.From(ctx)
	return converter.DecodeAll(env.DataConverter, env.HeartbeatDetails, into...)
}
