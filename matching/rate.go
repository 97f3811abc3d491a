package matching

import (
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	// rateWindow is the time over which a rate is an average.
	rateWindow = 30 * time.Second
	// lookInterval lies between two looks at a queue's consumer.
	lookInterval = 5 * time.Second
	// leastSpan is the shortest time that a rate is made of: a first task is not a thousand a second.
	leastSpan = time.Second
)

// look is what a queue's consumer has counted by a time, since it was made.
type look struct {
	at, made time.Time
	// added are the tasks that were put into the queue: delivered, or waiting for that. A task that is delivered
	// again counts as another of both, which happens when a worker does not start what it has pulled.
	added, delivered uint64
}

func lookAt(info *jetstream.ConsumerInfo, now time.Time) look {
	return look{at: now, made: info.Created, added: info.Delivered.Consumer + info.NumPending, delivered: info.Delivered.Consumer}
}

// looks are the latest at one consumer, in order: the first is the youngest that is as old as the window, or the first of
// all. They are of one owner.
type looks []look

// add puts a look behind the others.
func (l looks) add(now look) looks {
	if len(l) > 0 && !l[len(l)-1].leadsTo(now) {
		l = l[:0]
	}
	n := 0
	for n+1 < len(l) && now.at.Sub(l[n+1].at) >= rateWindow {
		n++
	}
	l = slices.Delete(l, 0, n)
	if len(l) > 0 && now.at.Sub(l[len(l)-1].at) < lookInterval/2 {
		return l // whoever asks often does not make the list long
	}
	return append(l, now)
}

// rates are the tasks added and delivered in a second between the first look and this one.
func (l looks) rates(now look) (added, delivered float32) {
	if len(l) == 0 || !l[0].leadsTo(now) {
		return 0, 0
	}
	span := max(now.at.Sub(l[0].at), leastSpan).Seconds()
	return float32(float64(now.added-l[0].added) / span), float32(float64(now.delivered-l[0].delivered) / span)
}

// leadsTo tells whether a later look was at the same consumer, and nothing was purged.
func (l look) leadsTo(later look) bool {
	return l.made.Equal(later.made) && later.added >= l.added && later.delivered >= l.delivered
}
