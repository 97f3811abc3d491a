package workflowtest

import (
	"slices"
	"time"
)

// agenda is what is still to happen, in order of time; at the same time, in the order in which it was
// put down.
type agenda struct{ items []*appointment }

type appointment struct {
	at  time.Time
	act func()
}

func (a *agenda) add(at time.Time, act func()) *appointment {
	item := &appointment{at: at, act: act}
	i, _ := slices.BinarySearchFunc(a.items, at, func(other *appointment, at time.Time) int {
		if other.at.After(at) {
			return 1
		}
		return -1 // behind those of the same time
	})
	a.items = slices.Insert(a.items, i, item)
	return item
}

func (a *agenda) remove(item *appointment) {
	if i := slices.Index(a.items, item); i >= 0 {
		a.items = slices.Delete(a.items, i, i+1)
	}
}

// due takes the next item if it is due at that time; nil if there is none.
func (a *agenda) due(now time.Time) *appointment {
	if len(a.items) == 0 || a.items[0].at.After(now) {
		return nil
	}
	return a.pop()
}

// pop takes the next item; nil if there is none.
func (a *agenda) pop() *appointment {
	if len(a.items) == 0 {
		return nil
	}
	item := a.items[0]
	a.items = a.items[1:]
	return item
}
