package stream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Remove removes a stream with its consumers; one that is not there is no error. A stream's deny_delete is about
// its messages, and does not forbid this. It can be repeated. Errors: ErrNotEnabled, ctx's.
func Remove(ctx context.Context, js jetstream.JetStream, name string) error {
	var answer replyBase
	err := failed(name, newAPI(js).call(ctx, "STREAM.DELETE."+name, struct{}{}, &answer))
	if err == nil || errors.Is(err, ErrMissing) {
		return nil
	}
	return fmt.Errorf("removing: %w", err)
}

// SetMaxAge changes how long a stream keeps its messages, and nothing else of what it is. It can be repeated. Errors: ErrMissing,
// ErrNotEnabled, ctx's.
func SetMaxAge(ctx context.Context, js jetstream.JetStream, name string, age time.Duration) error {
	a := newAPI(js)
	var info struct {
		replyBase
		// Config is kept as it is, with what this program may not know of.
		Config map[string]json.RawMessage `json:"config"`
	}
	if err := a.call(ctx, "STREAM.INFO."+name, struct{}{}, &info); err != nil {
		return failed(name, err)
	}
	encoded, err := json.Marshal(age)
	if err != nil {
		return err
	}
	if string(info.Config[maxAge]) == string(encoded) {
		return nil
	}
	info.Config[maxAge] = encoded
	var answer replyBase
	if err := a.call(ctx, "STREAM.UPDATE."+name, info.Config, &answer); err != nil {
		return fmt.Errorf("changing max_age: %w", failed(name, err))
	}
	return nil
}

const maxAge = "max_age"
