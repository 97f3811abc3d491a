package workflowtest

import (
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	failurepb "go.temporal.io/api/failure/v1"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/failure"
)

// before is what the run before the environment's has left, as a schedule or a retry policy hands it on.
func (env *Environment) before() (*commonpb.Payloads, *failurepb.Failure, error) {
	var last *failurepb.Failure
	if env.opts.LastError != nil {
		last = failure.FromError(env.opts.DataConverter, env.opts.LastError)
	}
	if env.opts.LastResult == nil {
		return nil, last, nil
	}
	result, err := converter.Encode(env.opts.DataConverter, env.opts.LastResult)
	if err != nil {
		return nil, nil, fmt.Errorf("Options.LastResult: %w", err)
	}
	return result, last, nil
}
