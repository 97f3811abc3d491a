package machine

import (
	"math"
	"slices"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/api"
)

// Defaults of a retry policy, as Temporal's.
const (
	defaultInitialInterval     = time.Second
	defaultBackoffCoefficient  = 2.0
	defaultMaxIntervalMultiple = 100
)

// fillRetryPolicy is the policy with its defaults in place.
func fillRetryPolicy(policy *commonpb.RetryPolicy) *commonpb.RetryPolicy {
	filled := &commonpb.RetryPolicy{}
	if policy != nil {
		filled = proto.CloneOf(policy)
	}
	filled.InitialInterval, filled.MaximumInterval = capped(filled.InitialInterval), capped(filled.MaximumInterval)
	if filled.InitialInterval.AsDuration() == 0 {
		filled.InitialInterval = durationpb.New(defaultInitialInterval)
	}
	if filled.MaximumInterval.AsDuration() == 0 {
		initial := min(filled.InitialInterval.AsDuration(), api.LongestDuration/defaultMaxIntervalMultiple)
		filled.MaximumInterval = durationpb.New(defaultMaxIntervalMultiple * initial)
	}
	if filled.BackoffCoefficient == 0 {
		filled.BackoffCoefficient = defaultBackoffCoefficient
	}
	return filled
}

// checkRetryPolicy is what is wrong with a policy, in Temporal's words; "" for nothing.
func checkRetryPolicy(policy *commonpb.RetryPolicy) string {
	switch {
	case policy == nil || policy.MaximumAttempts == 1:
		return ""
	case policy.InitialInterval.AsDuration() < 0:
		return "InitialInterval cannot be negative on retry policy."
	case policy.BackoffCoefficient != 0 && !(policy.BackoffCoefficient >= 1): // not a number, too
		return "BackoffCoefficient cannot be less than 1 on retry policy."
	case policy.MaximumInterval.AsDuration() < 0:
		return "MaximumInterval cannot be negative on retry policy."
	case policy.MaximumInterval.AsDuration() > 0 && policy.MaximumInterval.AsDuration() < policy.InitialInterval.AsDuration():
		return "MaximumInterval cannot be less than InitialInterval on retry policy."
	case policy.MaximumAttempts < 0:
		return "MaximumAttempts cannot be negative on retry policy."
	}
	return ""
}

// retryDecision is whether there is another attempt, and after what wait.
type retryDecision struct {
	state enumspb.RetryState
	wait  time.Duration
}

func (d retryDecision) again() bool { return d.state == enumspb.RETRY_STATE_IN_PROGRESS }

// decideRetry decides for an activity's attempt that failed. A retry that would begin behind expiration (Unix nanoseconds; 0:
// none) is not made, nor is one for which the failure asks for no wait at all: as with Temporal.
func decideRetry(policy *commonpb.RetryPolicy, failure *failurepb.Failure, attempt int32, now, expiration int64) retryDecision {
	d := retryAfter(policy, failure, attempt)
	if own := failure.GetApplicationFailureInfo().GetNextRetryDelay(); d.again() && own != nil && own.AsDuration() == 0 {
		return retryDecision{state: enumspb.RETRY_STATE_TIMEOUT}
	}
	return d.before(now, expiration)
}

// retryAfter is decideRetry where nothing expires.
func retryAfter(policy *commonpb.RetryPolicy, failure *failurepb.Failure, attempt int32) retryDecision {
	switch {
	case policy == nil:
		return retryDecision{state: enumspb.RETRY_STATE_RETRY_POLICY_NOT_SET}
	case !retryable(failure, policy.NonRetryableErrorTypes):
		return retryDecision{state: enumspb.RETRY_STATE_NON_RETRYABLE_FAILURE}
	case policy.MaximumAttempts > 0 && attempt >= policy.MaximumAttempts:
		return retryDecision{state: enumspb.RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED}
	}
	wait := backoff(policy, attempt)
	if own := failure.GetApplicationFailureInfo().GetNextRetryDelay(); own != nil {
		wait = own.AsDuration()
	}
	return retryDecision{enumspb.RETRY_STATE_IN_PROGRESS, wait}
}

// before is the decision where the next attempt has to begin before expiration.
func (d retryDecision) before(now, expiration int64) retryDecision {
	if d.again() && expiration > 0 && later(now, d.wait) > expiration {
		return retryDecision{state: enumspb.RETRY_STATE_TIMEOUT}
	}
	return d
}

// backoff is the wait behind attempt n, counted from 1: initial × coefficient^(n-1), at most the maximum.
func backoff(policy *commonpb.RetryPolicy, attempt int32) time.Duration {
	longest := policy.MaximumInterval.AsDuration()
	wait := float64(policy.InitialInterval.AsDuration()) * math.Pow(policy.BackoffCoefficient, float64(max(attempt, 1)-1))
	if longest > 0 && wait > float64(longest) {
		return longest
	}
	if wait > math.MaxInt64/2 {
		return math.MaxInt64 / 2
	}
	return time.Duration(wait)
}

// retryable tells whether a failure is worth another attempt, as Temporal does.
func retryable(failure *failurepb.Failure, nonRetryable []string) bool {
	switch info := failure.GetFailureInfo().(type) {
	case *failurepb.Failure_TerminatedFailureInfo, *failurepb.Failure_CanceledFailureInfo:
		return false
	case *failurepb.Failure_TimeoutFailureInfo:
		switch kind := info.TimeoutFailureInfo.TimeoutType; kind {
		case enumspb.TIMEOUT_TYPE_START_TO_CLOSE, enumspb.TIMEOUT_TYPE_HEARTBEAT:
			return !slices.Contains(nonRetryable, "TemporalTimeout:"+kind.String())
		}
		return false
	case *failurepb.Failure_ServerFailureInfo:
		return !info.ServerFailureInfo.NonRetryable
	case *failurepb.Failure_ApplicationFailureInfo:
		return !info.ApplicationFailureInfo.NonRetryable && !slices.Contains(nonRetryable, info.ApplicationFailureInfo.Type)
	}
	return true
}

// timeoutFailure is the failure that a time-out leaves, in Temporal's words.
func timeoutFailure(message string, kind enumspb.TimeoutType) *failurepb.Failure {
	return &failurepb.Failure{
		Message: message, Source: "Server",
		FailureInfo: &failurepb.Failure_TimeoutFailureInfo{TimeoutFailureInfo: &failurepb.TimeoutFailureInfo{TimeoutType: kind}},
	}
}
