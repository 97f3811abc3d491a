package engine

import (
	commonpb "go.temporal.io/api/common/v1"
	historypb "go.temporal.io/api/history/v1"
)

// signals holds who takes signals, by name, and those that nobody takes yet.
type signals struct {
	handlers map[string]SignalHandler
	waiting  map[string][]*historypb.WorkflowExecutionSignaledEventAttributes
}

// SignalHandler takes a signal's input and header.
type SignalHandler func(input *commonpb.Payloads, header *commonpb.Header)

// HandleSignal gives the signals of a name to fn: those that have arrived, now, and later ones as
// they come.
func (e *Env) HandleSignal(name string, fn SignalHandler) {
	if e.handlers == nil {
		e.handlers = map[string]SignalHandler{}
	}
	e.handlers[name] = fn
	for _, signal := range e.waiting[name] {
		fn(signal.GetInput(), signal.GetHeader())
	}
	delete(e.waiting, name)
}

func (e *Env) signaled(event *historypb.HistoryEvent) {
	a := event.GetWorkflowExecutionSignaledEventAttributes()
	if fn, ok := e.handlers[a.GetSignalName()]; ok {
		fn(a.GetInput(), a.GetHeader())
		return
	}
	if e.waiting == nil {
		e.waiting = map[string][]*historypb.WorkflowExecutionSignaledEventAttributes{}
	}
	e.waiting[a.GetSignalName()] = append(e.waiting[a.GetSignalName()], a)
}
