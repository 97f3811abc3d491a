package call

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/nats-io/nats.go"
	"go.temporal.io/api/serviceerror"
	"google.golang.org/protobuf/proto"
)

// Back-off between two sendings of a request: doubled each time, and each wait is
// between half and the whole of it, so that many callers do not come back at once.
const (
	firstWait = 20 * time.Millisecond
	lastWait  = 2 * time.Second
)

// Backoff is the waits between attempts at something. The zero value begins.
type Backoff struct{ last time.Duration }

// Next is how long to wait before the next attempt.
func (b *Backoff) Next() time.Duration {
	b.last = min(max(2*b.last, firstWait), lastWait)
	return b.last/2 + rand.N(b.last/2)
}

// Wait waits before the next attempt; it is false when ctx ended first.
func (b *Backoff) Wait(ctx context.Context) bool {
	timer := time.NewTimer(b.Next())
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (c *Caller) retry(ctx context.Context, subject string, timeout time.Duration, request, reply proto.Message) error {
	var backoff Backoff
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		link := c.link.generation()
		err := c.once(ctx, subject, timeout, request, reply)
		switch {
		case err == nil:
			return nil
		case c.conn.IsClosed():
			return fmt.Errorf("request to %s: %w", subject, nats.ErrConnectionClosed)
		case link.Err() != nil && ctx.Err() == nil && errors.Is(err, context.Canceled):
			continue // the connection is back
		case !Retryable(err):
			return err
		}
		if !backoff.Wait(ctx) {
			return gaveUp(ctx, subject, err)
		}
	}
}

// Retryable tells whether a request that failed with err is worth sending again as it is.
func Retryable(err error) bool {
	var unavailable *serviceerror.Unavailable
	var exhausted *serviceerror.ResourceExhausted
	return errors.As(err, &unavailable) || errors.As(err, &exhausted) ||
		errors.Is(err, context.DeadlineExceeded) || isDeadline(err)
}

// isDeadline tells the service's own DEADLINE_EXCEEDED.
func isDeadline(err error) bool {
	var deadline *serviceerror.DeadlineExceeded
	return errors.As(err, &deadline)
}

// gaveUp is the error of a call whose context ended between attempts: the
// context's, and what went wrong last.
func gaveUp(ctx context.Context, subject string, last error) error {
	if errors.Is(last, ctx.Err()) {
		return fmt.Errorf("no answer on %s: %w", subject, ctx.Err())
	}
	return fmt.Errorf("%w (%w)", last, ctx.Err())
}
