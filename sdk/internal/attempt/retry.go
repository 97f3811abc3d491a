package attempt

import (
	"cmp"
	"slices"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	"google.golang.org/protobuf/types/known/durationpb"
)

// Policy is a retry policy with the server's defaults: a second, doubled each time, at most a hundred
// times the first.
func Policy(p *commonpb.RetryPolicy) *commonpb.RetryPolicy {
	first := cmp.Or(p.GetInitialInterval().AsDuration(), time.Second)
	return &commonpb.RetryPolicy{
		InitialInterval:        durationpb.New(first),
		BackoffCoefficient:     cmp.Or(p.GetBackoffCoefficient(), 2),
		MaximumInterval:        durationpb.New(cmp.Or(p.GetMaximumInterval().AsDuration(), 100*first)),
		MaximumAttempts:        p.GetMaximumAttempts(),
		NonRetryableErrorTypes: p.GetNonRetryableErrorTypes(),
	}
}

// Next decides as the server does what follows a failed attempt, counted from 1: RETRY_STATE_IN_PROGRESS and the wait for
// the next, or why there is none. The policy is one of [Policy]. Time-outs of all attempts together are the caller's.
func Next(p *commonpb.RetryPolicy, number int32, f *failurepb.Failure) (time.Duration, enumspb.RetryState) {
	switch {
	case !retryable(f, p.GetNonRetryableErrorTypes()):
		return 0, enumspb.RETRY_STATE_NON_RETRYABLE_FAILURE
	case p.GetMaximumAttempts() > 0 && number >= p.GetMaximumAttempts():
		return 0, enumspb.RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED
	}
	if own := f.GetApplicationFailureInfo().GetNextRetryDelay(); own != nil {
		return own.AsDuration(), enumspb.RETRY_STATE_IN_PROGRESS
	}
	return backoff(p, number), enumspb.RETRY_STATE_IN_PROGRESS
}

func retryable(f *failurepb.Failure, nonRetryable []string) bool {
	switch info := f.GetFailureInfo().(type) {
	case *failurepb.Failure_TerminatedFailureInfo, *failurepb.Failure_CanceledFailureInfo:
		return false
	case *failurepb.Failure_TimeoutFailureInfo:
		kind := info.TimeoutFailureInfo.GetTimeoutType()
		return RetriedTimeout(kind) && !slices.Contains(nonRetryable, "TemporalTimeout:"+kind.String())
	case *failurepb.Failure_ServerFailureInfo:
		return !info.ServerFailureInfo.GetNonRetryable()
	case *failurepb.Failure_ApplicationFailureInfo:
		return !info.ApplicationFailureInfo.GetNonRetryable() && !slices.Contains(nonRetryable, info.ApplicationFailureInfo.GetType())
	}
	return true
}

// RetriedTimeout tells whether a time-out is of one attempt, after which another may come.
func RetriedTimeout(kind enumspb.TimeoutType) bool {
	return kind == enumspb.TIMEOUT_TYPE_START_TO_CLOSE || kind == enumspb.TIMEOUT_TYPE_HEARTBEAT
}

// backoff is the wait after an attempt, counted from 1.
func backoff(p *commonpb.RetryPolicy, number int32) time.Duration {
	wait, limit := float64(p.GetInitialInterval().AsDuration()), p.GetMaximumInterval().AsDuration()
	for i := int32(1); i < number && wait < float64(limit); i++ {
		wait *= p.GetBackoffCoefficient()
	}
	return min(time.Duration(wait), limit)
}
