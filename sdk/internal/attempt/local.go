package attempt

import (
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"

	"github.com/perdure/perdure/sdk/failure"
)

// LocalTimeout is the failure of a local activity whose time is over, in the words of Temporal's Go SDK: that of all
// attempts together, or of one.
func LocalTimeout(all bool) *failurepb.Failure {
	kind := enumspb.TIMEOUT_TYPE_START_TO_CLOSE
	if all {
		kind = enumspb.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE
	}
	return &failurepb.Failure{
		Message: "deadline exceeded", Source: failure.Source,
		FailureInfo: &failurepb.Failure_TimeoutFailureInfo{TimeoutFailureInfo: &failurepb.TimeoutFailureInfo{TimeoutType: kind}},
	}
}

// ErrNoLaterResult is what a local activity fails with that leaves its result to somebody else.
var ErrNoLaterResult = failure.NewNonRetryableApplicationError("a local activity cannot be completed from elsewhere: use an activity", "ResultPending", nil)
