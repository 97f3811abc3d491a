package stream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/perdure/perdure/internal/pause"
)

const (
	// tryTimeout is how long one try of a request may take. A cluster without a meta
	// leader does not answer at all, so the tries are short.
	tryTimeout = 2 * time.Second
	// tryPause is between tries.
	tryPause = 100 * time.Millisecond
	// unanswered is how many tries in a row may find no responder before it is said
	// that JetStream is not enabled: a server that is starting has none for a moment.
	unanswered = 10
	// codeNotAvailable: the cluster has no meta leader at the moment.
	codeNotAvailable = 10008
)

// api is JetStream's request-reply interface, in the domain that the JetStream context was made for.
type api struct {
	conn   *nats.Conn
	prefix string
}

func newAPI(js jetstream.JetStream) api {
	options := js.Options()
	prefix := jetstream.DefaultAPIPrefix
	switch {
	case options.Domain != "":
		prefix = "$JS." + options.Domain + ".API."
	case options.APIPrefix != "":
		prefix = strings.TrimSuffix(options.APIPrefix, ".") + "."
	}
	return api{js.Conn(), prefix}
}

type reply interface{ failure() *jetstream.APIError }

type replyBase struct {
	Error *jetstream.APIError `json:"error"`
}

func (r *replyBase) failure() *jetstream.APIError { return r.Error }

// call sends a request, which must be one that can be repeated, until it is
// answered or ctx ends. An error of JetStream's is returned as *jetstream.APIError.
func (a api) call(ctx context.Context, operation string, request any, answer reply) error {
	body, err := json.Marshal(request)
	if err != nil {
		return err
	}
	for silent := 0; ; {
		message, err := a.try(ctx, operation, body)
		switch {
		case err == nil:
			if err := json.Unmarshal(message.Data, answer); err != nil {
				return fmt.Errorf("decoding the reply of %s%s: %w", a.prefix, operation, err)
			}
			failure := answer.failure()
			if failure == nil {
				return nil
			}
			if failure.ErrorCode != codeNotAvailable {
				return failure
			}
			err = failure
		case errors.Is(err, nats.ErrNoResponders):
			if silent++; silent == unanswered {
				return notEnabled()
			}
		case errors.Is(err, nats.ErrConnectionClosed), errors.Is(err, nats.ErrMaxPayload), errors.Is(err, nats.ErrBadSubject):
			return fmt.Errorf("request %s%s: %w", a.prefix, operation, err)
		}
		if pause.For(ctx, tryPause) != nil {
			return fmt.Errorf("request %s%s was not answered (the last try: %w): check that JetStream has a leader: %w", a.prefix, operation, err, ctx.Err())
		}
	}
}

func (a api) try(ctx context.Context, operation string, body []byte) (*nats.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, tryTimeout)
	defer cancel()
	return a.conn.RequestWithContext(ctx, a.prefix+operation, body)
}

// failed gives an error of call the stream's name and one of this package's sentinels.
func failed(name string, err error) error {
	var apiErr *jetstream.APIError
	if errors.As(err, &apiErr) {
		return apiError(name, apiErr)
	}
	return err
}
