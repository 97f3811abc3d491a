package engine

import (
	commonpb "go.temporal.io/api/common/v1"
	historypb "go.temporal.io/api/history/v1"
)

// signals holds who takes signals, by name, and those that nobody takes yet.
type signals struct {
	handlers map[string]func(*commonpb.Payloads)
	waiting  map[string][]*commonpb.Payloads
}

// HandleSignal gives the signals of a name to fn: those that have arrived, now, and later ones as
// they come.
func (e *Env) HandleSignal(name string, fn func(*commonpb.Payloads)) {
	if e.handlers == nil {
		e.handlers = map[string]func(*commonpb.Payloads){}
	}
	e.handlers[name] = fn
	for _, input := range e.waiting[name] {
		fn(input)
	}
	delete(e.waiting, name)
}

func (e *Env) signaled(event *historypb.HistoryEvent) {
	a := event.GetWorkflowExecutionSignaledEventAttributes()
	if fn, ok := e.handlers[a.GetSignalName()]; ok {
		fn(a.GetInput())
		return
	}
	if e.waiting == nil {
		e.waiting = map[string][]*commonpb.Payloads{}
	}
	e.waiting[a.GetSignalName()] = append(e.waiting[a.GetSignalName()], a.GetInput())
}
