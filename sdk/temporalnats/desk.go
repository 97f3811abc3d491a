package temporalnats

import (
	"context"
	"slices"
	"sync"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/sdk/internal/pull"
)

// deskKey names what polls wait for: a task queue of one type, or, with a worker, what is sent to that worker's
// sticky queue.
type deskKey struct {
	namespace string
	kind      enumspb.TaskQueueType
	queue     string
	worker    string // the name of a sticky queue
}

// delivery is a task, or a query, on its way to a poll. One of its functions is called, once.
type delivery struct {
	// open makes it the poll's and is its reply. It is false when there is nothing to hand out after all, and
	// the poll waits on.
	open func(ctx context.Context, identity string) (reply proto.Message, ok bool)
	// refuse gives it back.
	refuse func()
}

// desk brings together the polls of one queue and what comes for them. The sources that bring it work as long as
// the desk is open: while there are polls, and a while longer.
type desk struct {
	key deskKey
	// slots, if set, are as many as there are polls that wait.
	slots *pull.Slots
	stop  context.CancelFunc // ends the sources
	// users are the polls that use the desk, waiting or not; idle closes it when there were none for a while. Conn's
	// mutex guards both.
	users int
	idle  *time.Timer

	mu      sync.Mutex           // guards what follows
	waiting []*poll              // in order
	held    []*held              // in order; there are none while a poll waits
	tell    map[string]time.Time // by identity: when to tell the service that it polls
	// gone says that the last poll ended because its caller left: nobody may come back.
	gone bool
	// ended are the instance keys of workers that said goodbye: a poll of theirs that has not come to wait yet does not.
	ended map[string]struct{}
}

// poll is one that waits. Its channel has room for the one delivery that it gets, and is closed when its worker says
// goodbye.
type poll struct {
	delivered chan delivery
	instance  string // the worker's instance key, if it has one
}

// held is a delivery that waits for a poll.
type held struct {
	delivery
	timer *time.Timer
}

// put hands a delivery to a poll, or keeps it for the next one for as long as it has patience, and then refuses it.
func (d *desk) put(v delivery, patience time.Duration) {
	d.mu.Lock()
	if len(d.waiting) > 0 {
		next := d.waiting[0]
		d.waiting = d.waiting[1:]
		d.mu.Unlock()
		d.left()
		next.delivered <- v
		return
	}
	if patience <= 0 || d.gone || len(d.held) >= mostHeld {
		d.mu.Unlock()
		v.refuse()
		return
	}
	h := &held{delivery: v}
	h.timer = time.AfterFunc(patience, func() {
		if d.unhold(h) {
			h.refuse()
		}
	})
	d.held = append(d.held, h)
	d.mu.Unlock()
}

// unhold takes one from those that are held; false: it was taken before.
func (d *desk) unhold(h *held) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	i := slices.Index(d.held, h)
	if i < 0 {
		return false
	}
	d.held = slices.Delete(d.held, i, i+1)
	return true
}

// next is what comes for a poll; false when its worker said goodbye, or ctx ended first, which abandoned then tells from
// the poll's time being over.
func (d *desk) next(ctx context.Context, instance string, abandoned func() bool) (delivery, bool) {
	d.mu.Lock()
	if _, ended := d.ended[instance]; ended {
		d.mu.Unlock()
		return delivery{}, false
	}
	d.gone = false
	if len(d.held) > 0 {
		h := d.held[0]
		d.held = d.held[1:]
		h.timer.Stop()
		d.mu.Unlock()
		return h.delivery, true
	}
	p := &poll{make(chan delivery, 1), instance}
	d.waiting = append(d.waiting, p)
	d.mu.Unlock()
	if d.slots != nil {
		d.slots.Add()
	}
	select {
	case v, ok := <-p.delivered:
		return v, ok
	case <-ctx.Done():
		d.leave(p, abandoned())
		return delivery{}, false
	}
}

// left says that a poll waits no more.
func (d *desk) left() {
	if d.slots != nil {
		d.slots.Remove()
	}
}

// leave ends a poll's wait. What was handed to it meanwhile goes to another, or back.
func (d *desk) leave(p *poll, gone bool) {
	d.mu.Lock()
	if i := slices.Index(d.waiting, p); i >= 0 {
		d.waiting = slices.Delete(d.waiting, i, i+1)
		d.gone = gone && len(d.waiting) == 0
		d.mu.Unlock()
		d.left()
		return
	}
	d.mu.Unlock()
	if v, ok := <-p.delivered; ok {
		d.put(v, 0)
	}
}

// end ends the polls of a worker, and those that are on their way to wait. Another of its identity is told of anew.
func (d *desk) end(instance, identity string) {
	d.mu.Lock()
	delete(d.tell, identity)
	if d.ended == nil || len(d.ended) >= mostIdentities {
		d.ended = map[string]struct{}{}
	}
	d.ended[instance] = struct{}{}
	var ended int
	d.waiting = slices.DeleteFunc(d.waiting, func(p *poll) bool {
		if p.instance != instance {
			return false
		}
		close(p.delivered)
		ended++
		return true
	})
	d.gone = d.gone || ended > 0 && len(d.waiting) == 0
	d.mu.Unlock()
	for range ended {
		d.left()
	}
}

// refuseHeld gives back what is held, and all that comes from now on until somebody polls again.
func (d *desk) refuseHeld() {
	d.mu.Lock()
	all := d.held
	d.held = nil
	d.gone = true
	d.mu.Unlock()
	for _, h := range all {
		h.timer.Stop()
		h.refuse()
	}
}

// touch tells whether the service is to be told that the identity polls, and whether somebody was told of before: the
// first time, and again and again.
func (d *desk) touch(identity string, now time.Time) (due, known bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	known = len(d.tell) > 0
	if now.Before(d.tell[identity]) {
		return false, known
	}
	if d.tell == nil || len(d.tell) >= mostIdentities {
		d.tell = map[string]time.Time{}
	}
	d.tell[identity] = now.Add(touchEvery)
	return true, known
}

// touched says when to tell of the identity again; the zero time as soon as it polls.
func (d *desk) touched(identity string, at time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if at.IsZero() {
		delete(d.tell, identity)
		return
	}
	d.tell[identity] = at
}

const (
	// touchEvery is how often the service is told that somebody polls, unless it says otherwise.
	touchEvery = time.Minute
	// mostIdentities bounds what is remembered of who polls; those beyond are told anew.
	mostIdentities = 1000
	// mostHeld bounds what is kept for the next polls: those beyond go back.
	mostHeld = 1000
	// idleTime is how long a desk stays open without a poll.
	idleTime = 30 * time.Second
)
