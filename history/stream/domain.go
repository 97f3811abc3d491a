package stream

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// Domain is the JetStream domain that answers, or empty: who is connected to another one, beyond a leaf
// node, has to name it. It asks until it is answered or ctx ends. Errors: ErrNotEnabled, ctx's.
func Domain(ctx context.Context, js jetstream.JetStream) (string, error) {
	var answer struct {
		replyBase
		Domain string `json:"domain"`
	}
	err := newAPI(js).call(ctx, "INFO", struct{}{}, &answer)
	var refused *jetstream.APIError
	switch {
	case errors.As(err, &refused) && (refused.ErrorCode == CodeNotEnabled || refused.ErrorCode == CodeNotEnabledForAccount):
		return "", notEnabled()
	case err != nil:
		return "", fmt.Errorf("asking for the JetStream domain: %w", err)
	}
	return answer.Domain, nil
}
