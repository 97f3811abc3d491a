package gateway

import (
	"strings"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
)

// timeoutType begins the name of an error type that stands for a time-out.
const timeoutType = "TemporalTimeout:"

// retryPolicy refuses a policy that could not be followed. Zero values stand
// for the defaults: 1 s, doubled, up to a hundred times the first.
func retryPolicy(p *commonpb.RetryPolicy) error {
	if p == nil || p.MaximumAttempts == 1 {
		return nil // never retried: the rest does not matter
	}
	initial, maximum := p.InitialInterval.AsDuration(), p.MaximumInterval.AsDuration()
	switch {
	case p.InitialInterval != nil && p.InitialInterval.CheckValid() != nil:
		return serviceerror.NewInvalidArgument("InitialInterval is out of range on retry policy.")
	case p.MaximumInterval != nil && p.MaximumInterval.CheckValid() != nil:
		return serviceerror.NewInvalidArgument("MaximumInterval is out of range on retry policy.")
	case initial < 0:
		return serviceerror.NewInvalidArgument("InitialInterval cannot be negative on retry policy.")
	case p.BackoffCoefficient != 0 && !(p.BackoffCoefficient >= 1): // not a number, too
		return serviceerror.NewInvalidArgument("BackoffCoefficient cannot be less than 1 on retry policy.")
	case maximum < 0:
		return serviceerror.NewInvalidArgument("MaximumInterval cannot be negative on retry policy.")
	case maximum > 0 && maximum < initial:
		return serviceerror.NewInvalidArgument("MaximumInterval cannot be less than InitialInterval on retry policy.")
	case p.MaximumAttempts < 0:
		return serviceerror.NewInvalidArgument("MaximumAttempts cannot be negative on retry policy.")
	}
	for _, name := range p.NonRetryableErrorTypes {
		if kind, isTimeout := strings.CutPrefix(name, timeoutType); isTimeout {
			if _, err := enumspb.TimeoutTypeFromString(kind); err != nil {
				return serviceerror.NewInvalidArgumentf("Invalid timeout type value: %s.", clip(kind))
			}
		}
	}
	return nil
}
