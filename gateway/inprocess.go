package gateway

import (
	"context"
	"time"

	"go.temporal.io/api/serviceerror"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
)

// Call serves a request of this process as one that came to the door over NATS: the same checks,
// bounds, handlers and statistics, and nothing is encoded. The request is the gateway's from then on; the reply must not be
// changed. Errors are those of package serviceerror, or the context's. A long poll ends with ctx, and is answered with
// what there is; what else is begun when ctx ends is served all the same.
func (g *Gateway) Call(ctx context.Context, door api.Door, method string, call api.Call) (proto.Message, error) {
	e := g.enter(endpointName{door, method})
	if e == nil {
		return nil, serviceerror.NewUnavailablef("%s: this server does not serve yet, or no more; send the request again", method)
	}
	x := &exchange{
		endpoint: e, began: time.Now(), call: call,
		local: &local{caller: ctx, outcome: make(chan outcome, 1), release: func() {}},
	}
	x.begin()
	over := ctx.Done()
	if x.local.bounded {
		over = nil // it is answered then
	}
	select {
	case o := <-x.local.outcome:
		return o.reply, o.err
	case <-over:
		return nil, ctx.Err()
	}
}

// enter finds an endpoint and counts a request as running; nil when it is not served.
func (g *Gateway) enter(name endpointName) *endpoint {
	g.mu.RLock()
	defer g.mu.RUnlock()
	if g.closed || g.polling.Err() != nil {
		return nil
	}
	e := g.endpoints[name]
	if e != nil {
		g.running.Add(1)
	}
	return e
}

// local is who waits in this process for a request's outcome.
type local struct {
	caller  context.Context //nolint:containedctx // of one request
	outcome chan outcome
	release func() // of what bound has taken
	bounded bool
}

type outcome struct {
	reply proto.Message
	err   error
}

// bound is a context that ends with the caller's, too.
func (l *local) bound(ctx context.Context) context.Context {
	l.bounded = true
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(l.caller, cancel)
	l.release = func() {
		stop()
		cancel()
	}
	return ctx
}

func (l *local) answer(reply proto.Message, err error) { l.outcome <- outcome{reply, err} }
