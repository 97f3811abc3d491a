package connect

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
)

// ErrDown is the cause of WhileUp's end.
var ErrDown = errors.New("NATS cannot be reached")

// looks is how often WhileUp looks at the connection within its patience.
const looks = 10

// WhileUp is a context that ends with ctx, and with the cause ErrDown when conn has been without a server
// for as long as patience: what waits for an answer, while a program is to stop, waits in vain then. A
// goroutine watches until the context ends; call cancel.
func WhileUp(ctx context.Context, conn *nats.Conn, patience time.Duration) (up context.Context, cancel context.CancelFunc) {
	up, end := context.WithCancelCause(ctx)
	go func() {
		ticker := time.NewTicker(patience / looks)
		defer ticker.Stop()
		for down := 0; down < looks; {
			select {
			case <-up.Done():
				return
			case <-ticker.C:
			}
			down++
			if conn.IsConnected() {
				down = 0
			}
		}
		end(ErrDown)
	}()
	return up, func() { end(context.Canceled) }
}

// IsDown tells whether it was ErrDown that ended the context.
func IsDown(up context.Context) bool { return errors.Is(context.Cause(up), ErrDown) }
