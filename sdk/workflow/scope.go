package workflow

import (
	"container/list"

	"github.com/perdure/perdure/sdk/failure"
)

// scope is what is cancelled together. A cancellation closes done, then calls the hooks in the order
// in which they were added, then cancels the child scopes in the order in which they were made: the
// commands that follow from it always come in the same order.
type scope struct {
	err      error
	done     *channel[None]
	hooks    list.List // of func()
	children list.List // of *scope
	detach   func()    // from the parent
}

func newScope(r *run, parent *scope) *scope {
	s := &scope{done: &channel[None]{r: r, name: "done"}, detach: func() {}}
	if parent == nil {
		return s
	}
	if parent.err != nil {
		s.cancel()
		return s
	}
	place := parent.children.PushBack(s)
	s.detach = func() { parent.children.Remove(place) }
	return s
}

func (s *scope) cancel() {
	if s.err != nil {
		return
	}
	s.err = failure.NewCanceledError()
	s.detach()
	s.done.Close()
	for e := s.hooks.Front(); e != nil; e = s.hooks.Front() {
		s.hooks.Remove(e).(func())()
	}
	for e := s.children.Front(); e != nil; e = s.children.Front() {
		s.children.Remove(e).(*scope).cancel()
	}
}

// cancelFunc is cancel for the workflow's code.
func (s *scope) cancelFunc(r *run) CancelFunc {
	return func() {
		if s.err == nil {
			r.env.MustBeWritable("cancel a context")
			s.cancel()
		}
	}
}

// onCancel calls fn when the scope is cancelled, at once if it is already. The returned function
// forgets fn.
func (s *scope) onCancel(fn func()) (forget func()) {
	if s.err != nil {
		fn()
		return func() {}
	}
	place := s.hooks.PushBack(fn)
	return func() { s.hooks.Remove(place) }
}
