package main

import (
	"encoding/json"

	"github.com/spf13/pflag"
	commonpb "go.temporal.io/api/common/v1"
)

// retry are the flags of a retry policy; none given is no policy.
type retry struct {
	initial, maximum duration
	coefficient      float64
	attempts         int32
	nonRetryable     []string
}

func (r *retry) register(flags *pflag.FlagSet) {
	durationFlag(flags, &r.initial, "retry-initial-interval", "wait before the second run, if the first fails (default 1s)")
	durationFlag(flags, &r.maximum, "retry-maximum-interval", "longest wait before a run (default 100 times the first)")
	flags.Float64Var(&r.coefficient, "retry-backoff-coefficient", 0, "how much longer each wait is than the one before (default 2)")
	flags.Int32Var(&r.attempts, "retry-maximum-attempts", 0, "how many runs there are at most, 0 for no limit")
	flags.StringSliceVar(&r.nonRetryable, "retry-non-retryable-error-type", nil, "types of failures after which there is no further run")
}

func (r *retry) policy() (*commonpb.RetryPolicy, error) {
	if r.initial == 0 && r.maximum == 0 && r.coefficient == 0 && r.attempts == 0 && r.nonRetryable == nil {
		return nil, nil
	}
	if r.attempts < 0 {
		return nil, usagef("--retry-maximum-attempts %d: use 0 or more", r.attempts)
	}
	if r.coefficient != 0 && r.coefficient < 1 {
		return nil, usagef("--retry-backoff-coefficient %v: use 1 or more", r.coefficient)
	}
	return &commonpb.RetryPolicy{
		InitialInterval:        r.initial.proto(),
		MaximumInterval:        r.maximum.proto(),
		BackoffCoefficient:     r.coefficient,
		MaximumAttempts:        r.attempts,
		NonRetryableErrorTypes: r.nonRetryable,
	}, nil
}

// textPayload is a text as a JSON payload; nil for none.
func textPayload(text string) *commonpb.Payload {
	if text == "" {
		return nil
	}
	data, err := json.Marshal(text)
	if err != nil {
		return nil // a string always encodes
	}
	return &commonpb.Payload{Metadata: map[string][]byte{"encoding": []byte("json/plain")}, Data: data}
}
