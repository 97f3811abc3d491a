package pull

import (
	"context"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/rs/zerolog"

	"github.com/perdure/perdure/sdk/internal/call"
)

// Puller pulls from one queue. Fill in all fields but Half, Logger and Report, then call Run.
type Puller struct {
	Conn *nats.Conn
	// Slots are shared with those who run tasks that were not pulled.
	Slots *Slots
	// Half leaves half of the free slots to tasks that come without being pulled.
	Half bool
	// Open asks the service, once, for the queue's consumer, which is made if absent.
	Open func(ctx context.Context) (Source, error)
	// Handle gets a message and one slot, which it gives back when the task is over. It must
	// not block.
	Handle func(message *nats.Msg, from Source)
	// Reconnected is a context that ends when the connection next comes back.
	Reconnected func() context.Context
	Logger      zerolog.Logger
	// Report is shared by pullers whose trouble is told as one; nil: it has its own.
	Report *Report
}

func (p *Puller) newTrouble() *trouble {
	if p.Report == nil {
		return &trouble{report: NewReport(p.Logger)}
	}
	return &trouble{report: p.Report}
}

// Run pulls until ctx ends.
func (p *Puller) Run(ctx context.Context) {
	var backoff call.Backoff
	trouble := p.newTrouble()
	for {
		reconnected := p.Reconnected()
		began := time.Now()
		source, err := p.Open(ctx)
		opened := err == nil
		if opened {
			trouble.opened()
			var worked bool
			if worked, err = p.pull(ctx, reconnected, source); worked {
				backoff = call.Backoff{}
				trouble.worked()
			}
		}
		if ctx.Err() != nil || p.Conn.IsClosed() {
			return
		}
		if err == nil {
			continue // the connection is back: no reason to wait
		}
		if p.Conn.IsConnected() {
			trouble.tell(opened, began, time.Now(), err)
		}
		if !backoff.Wait(ctx) {
			return
		}
	}
}

// pull runs one session and ends it in good order. It tells whether anything came
// of it: a message, or a request that ran its time.
func (p *Puller) pull(ctx, reconnected context.Context, source Source) (worked bool, err error) {
	s, err := p.begin(source)
	if err != nil {
		return false, err
	}
	err = s.run(ctx, reconnected)
	s.end(ctx.Err() != nil)
	return s.worked, err
}
