package workflow

import "container/list"

// selectable is what a [Selector] can wait for.
type selectable interface {
	// selectReady tells whether the case can be taken at once.
	selectReady() bool
	// watch calls fire when the case can be taken, at most once; fire returns false if it has lost
	// interest. What it is given must be called when the case is taken. The returned function ends
	// the watch.
	watch(fire func(take func()) bool) (forget func())
}

// waiters are functions to be called once, in the order in which they were added.
type waiters struct{ all list.List }

func (w *waiters) add(fn func()) (forget func()) {
	place := w.all.PushBack(fn)
	return func() { w.all.Remove(place) }
}

func (w *waiters) fire() {
	for e := w.all.Front(); e != nil; e = w.all.Front() {
		w.all.Remove(e).(func())()
	}
}
