package engine

// cancellation is the request to cancel the whole run.
type cancellation struct {
	requested bool
	onCancel  func()
}

// HandleCancel gives the run's cancellation to fn, at once if it was requested before.
func (e *Env) HandleCancel(fn func()) {
	e.onCancel = fn
	if e.requested {
		fn()
	}
}

func (e *Env) cancelRequested() {
	if e.requested {
		return
	}
	e.requested = true
	if e.onCancel != nil {
		e.onCancel()
	}
}
