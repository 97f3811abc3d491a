package history

import (
	"container/heap"
	"time"
)

// dueItem is a time at which something of a workflow is due: in the heap while
// at is not 0.
type dueItem struct {
	at         int64 // Unix nanoseconds
	workflowID string
	place      int // in the heap, from 1; 0: not in it
}

// dueHeap holds the items by their time, the earliest first. An item is put
// in, moved and taken out by set.
type dueHeap []*dueItem

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].at < h[j].at }
func (h dueHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i+1, j+1
}

// Push is for package heap.
func (h *dueHeap) Push(x any) {
	item := x.(*dueItem)
	*h = append(*h, item)
	item.place = len(*h)
}

// Pop is for package heap.
func (h *dueHeap) Pop() any {
	old := *h
	item := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	item.place = 0
	return item
}

// set gives the item another time; 0 takes it out.
func (h *dueHeap) set(item *dueItem, at int64) {
	switch {
	case at == 0 && item.place == 0:
	case at == 0:
		heap.Remove(h, item.place-1)
	case item.place == 0:
		item.at = at
		heap.Push(h, item)
		return
	case item.at != at:
		item.at = at
		heap.Fix(h, item.place-1)
		return
	}
	item.at = at
}

// first is the earliest item; nil: there is none.
func (h dueHeap) first() *dueItem {
	if len(h) == 0 {
		return nil
	}
	return h[0]
}

// fireDue lets happen what is due, a bounded number at a time.
func (l *loop) fireDue() {
	now := time.Now().UnixNano()
	for n := 0; n < turnLimit && !l.frame.full(); n++ {
		first := l.due.first()
		if first == nil || first.at > now || l.heldUp(first) {
			return
		}
		id := first.workflowID
		l.due.set(first, 0)
		e := l.active[id]
		if e == nil && l.index[id] == nil {
			continue
		}
		if e == nil {
			e = l.enter(id)
			e.counted = &l.dueLoads
			l.dueLoads++
		}
		if l.index[id] != nil && !e.loading {
			l.load(e)
		}
		if e.loading {
			continue // its time is set again when it is there
		}
		l.decide(e, nil)
	}
}

// heldUp is true for a run at rest while as many are read back as may be at a time: very many may
// become due at once, as after a pause. The next one that is read wakes the loop.
func (l *loop) heldUp(first *dueItem) bool {
	return l.dueLoads >= mostLoads && l.active[first.workflowID] == nil && l.index[first.workflowID] != nil
}
