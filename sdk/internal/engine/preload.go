package engine

import (
	historypb "go.temporal.io/api/history/v1"

	"github.com/perdure/perdure/sdk/converter"
)

// preload takes, before a task is replayed, what the history says the code decided in it: markers,
// and the flags of its completion.
func (e *Env) preload(s *settlement) error {
	if err := e.flags.read(s.completed.GetWorkflowTaskCompletedEventAttributes().GetSdkMetadata()); err != nil {
		return err
	}
	clear(e.mutables.recorded)
	for _, event := range s.commands {
		switch event.GetMarkerRecordedEventAttributes().GetMarkerName() {
		case sideEffectMarker:
			if err := e.preloadSideEffect(event); err != nil {
				return err
			}
		case mutableSideEffectMarker:
			if err := e.preloadMutableSideEffect(event); err != nil {
				return err
			}
		}
	}
	return e.preloadVersions(s.commands)
}

func (e *Env) preloadSideEffect(event *historypb.HistoryEvent) error {
	details := event.GetMarkerRecordedEventAttributes().GetDetails()
	var id int64
	if err := converter.DecodeAll(e.opts.DataConverter, details[sideEffectID], &id); err != nil {
		return damaged(event, "its side effect id cannot be read: "+err.Error())
	}
	e.know(id, details[sideEffectData])
	return nil
}
