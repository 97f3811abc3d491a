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

	"github.com/perdure/perdure/internal/rpc"
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

// call sends a request until it is answered, or it is of no use to send it again.
func (c *Caller) call(ctx context.Context, subject string, p patience, request, reply proto.Message) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	out, began := parcel{request: request}, time.Now()
	if c.meter != nil {
		defer func() { c.meter.measure(subject, p == poll, time.Since(began), err) }()
	}
	err = c.try(ctx, subject, p, &out, reply)
	if err == nil {
		return nil
	}
	ctx, cancel := p.limit(ctx, began) // hardly ever needed, hence not before
	defer cancel()
	var reason error // what went wrong last before the time was over: a sending that is cut off then tells nothing
	for backoff := (Backoff{}); ; err = c.try(ctx, subject, p, &out, reply) {
		if reason == nil || ctx.Err() == nil {
			reason = err
		}
		switch {
		case err == nil:
			return nil
		case c.conn.IsClosed() || c.link.closed():
			return fmt.Errorf("request to %s: %w", subject, nats.ErrConnectionClosed)
		case errors.Is(err, errLost): // there is nothing to wait for
		case p.once, !Retryable(err):
			return err
		case !backoff.Wait(ctx):
			return gaveUp(ctx, subject, reason)
		}
	}
}

// try sends a request once. It fails with errLost when the connection was lost and is back.
//
// While there is no connection nothing is sent: what nats.go would keep until there is one again is given up then, and
// sent once more, and a signal that came twice may find its workflow completed by the first.
func (c *Caller) try(ctx context.Context, subject string, p patience, out *parcel, reply proto.Message) error {
	if err := c.pack(ctx, out); err != nil {
		return err
	}
	generation, connected := c.link.now()
	lost, timeout := generation.Done(), p.timeout(ctx)
	var answer *nats.Msg
	var err error
	if connected {
		answer, err = c.mux.request(ctx, lost, subject, out.body, timeout)
	} else {
		err = awaitReturn(ctx, lost, timeout)
	}
	switch {
	case err == nil:
		return c.unpack(ctx, subject, p, answer, reply)
	case errors.Is(err, errLost), isDenied(err):
		return err
	}
	return rpc.Error(ctx, c.conn, subject, len(out.body), err)
}

// awaitReturn waits until the connection is back, or as long as a sending would for its answer.
func awaitReturn(ctx context.Context, lost <-chan struct{}, timeout time.Duration) error {
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-lost:
		return errLost
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return context.DeadlineExceeded
	}
}

// Retryable tells whether a request that failed with err is worth sending again as it is.
func Retryable(err error) bool {
	var unavailable *serviceerror.Unavailable
	var exhausted *serviceerror.ResourceExhausted
	return errors.As(err, &unavailable) || errors.As(err, &exhausted) ||
		errors.Is(err, context.DeadlineExceeded) || isDeadline(err)
}

// isDenied tells that NATS refuses the request or its answer.
func isDenied(err error) bool {
	var denied *serviceerror.PermissionDenied
	return errors.As(err, &denied)
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
