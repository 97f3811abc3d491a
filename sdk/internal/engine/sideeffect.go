package engine

import (
	"fmt"

	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/internal/command"
)

// The marker of a side effect, as Temporal's Go SDK names its parts.
const (
	sideEffectMarker = "SideEffect"
	sideEffectID     = "side-effect-id"
	sideEffectData   = "data"
)

// sideEffects are numbered in the order of the calls; recorded ones are known before their task runs.
type sideEffects struct {
	count    int64
	recorded map[int64]*commonpb.Payloads
	mutables mutableSideEffects
}

// SideEffect runs fn once and records its result; on replay it returns what was recorded. The summary is shown to people. An error of fn
// fails the task: it is not recorded, and a replay would take another course.
func (e *Env) SideEffect(summary string, fn func() (*commonpb.Payloads, error)) (*commonpb.Payloads, error) {
	e.MustBeWritable("run a side effect")
	if e.discard() {
		return nil, ErrClosed
	}
	e.count++
	id := e.count
	var data *commonpb.Payloads
	if e.replaying {
		known, ok := e.sideEffects.recorded[id]
		if !ok {
			e.fail(nonDeterminism("nondeterministic workflow: the code now runs side effect %d, but the history has none there after event %d; put new calls of SideEffect behind workflow.GetVersion",
				id, e.info.HistoryLength))
		}
		delete(e.sideEffects.recorded, id)
		data = known
	} else {
		var err error
		e.ReadOnly("a side effect", func() { data, err = fn() })
		if err != nil {
			e.fail(unhandled(fmt.Sprintf("the value of a side effect is not recorded: %v", err), ""))
		}
	}
	idPayload, err := converter.EncodeAll(e.opts.DataConverter, id)
	if err != nil {
		return nil, err
	}
	command.NewMarker(&e.outbox, sideEffectMarker, map[string]*commonpb.Payloads{sideEffectID: idPayload, sideEffectData: data}, e.metadata(summary))
	return data, nil
}

// know keeps a side effect that the history has.
func (s *sideEffects) know(id int64, data *commonpb.Payloads) {
	if s.recorded == nil {
		s.recorded = map[int64]*commonpb.Payloads{}
	}
	s.recorded[id] = data
}
