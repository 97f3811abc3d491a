package engine

import (
	"errors"
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	historypb "go.temporal.io/api/history/v1"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/internal/command"
)

// The marker of a mutable side effect, as Temporal's Go SDK names its parts: side-effect-id is the id and the
// event's, data the id and the value as a message within the payloads.
const (
	mutableSideEffectMarker = "MutableSideEffect"
	mutableSideEffectCalls  = "mutable-side-effect-call-counter"
)

// mutableSideEffects are known by their ids. On replay a value is recorded again where the history has its marker:
// at the place of its event, by the same call of the id.
type mutableSideEffects struct {
	mutable  map[string]*mutableSideEffect
	recorded map[int64]recordedMutable // of the task being replayed, by the marker's event id
}

type mutableSideEffect struct {
	calls int64
	value *commonpb.Payloads // the last one recorded; nil before the first
}

type recordedMutable struct {
	id    string
	call  int64 // which one of the id; 0 if the marker does not tell, as those of old SDKs
	value *commonpb.Payloads
}

// MutableSideEffect is the value of an id. Where it is not a replay, change is given the value known so far, nil
// before the first, and returns a new one to record, or nil where that still holds. The summary is shown to people. An error of change
// fails the task, as one of a side effect does.
func (e *Env) MutableSideEffect(id, summary string, change func(known *commonpb.Payloads) (*commonpb.Payloads, error)) (*commonpb.Payloads, error) {
	e.MustBeWritable("run a mutable side effect")
	if e.discard() {
		return nil, ErrClosed
	}
	m := e.mutables.of(id)
	m.calls++
	next := e.nextMutable(id, m.calls, m.value, change)
	if next == nil {
		return m.value, nil
	}
	m.value = next
	return next, e.recordMutable(id, summary, m)
}

// nextMutable is what is recorded at this call, if anything.
func (e *Env) nextMutable(id string, call int64, known *commonpb.Payloads, change func(*commonpb.Payloads) (*commonpb.Payloads, error)) (next *commonpb.Payloads) {
	if !e.replaying {
		var err error
		e.ReadOnly("a mutable side effect", func() { next, err = change(known) })
		if err != nil {
			e.fail(unhandled(fmt.Sprintf("the value of the mutable side effect %q is not recorded: %v", id, err), ""))
		}
		return next
	}
	if r, ok := e.mutables.recorded[e.outbox.NextEventID()]; ok && r.id == id && (r.call == 0 || r.call == call) {
		return r.value
	}
	if known == nil {
		e.fail(nonDeterminism("nondeterministic workflow: the code now runs the mutable side effect %q for the first time, but the history has none there after event %d; put new calls of MutableSideEffect behind workflow.GetVersion",
			id, e.info.HistoryLength))
	}
	return nil
}

func (e *Env) recordMutable(id, summary string, m *mutableSideEffect) error {
	details := map[string]*commonpb.Payloads{}
	for key, values := range map[string][]any{
		sideEffectID:           {fmt.Sprintf("%s_%d", id, e.outbox.NextEventID())},
		mutableSideEffectCalls: {m.calls},
		sideEffectData:         {id, m.value},
	} {
		var err error
		if details[key], err = converter.EncodeAll(e.opts.DataConverter, values...); err != nil {
			return err
		}
	}
	command.NewMarker(&e.outbox, mutableSideEffectMarker, details, e.metadata(summary))
	return nil
}

func (m *mutableSideEffects) of(id string) *mutableSideEffect {
	if m.mutable == nil {
		m.mutable = map[string]*mutableSideEffect{}
	}
	if m.mutable[id] == nil {
		m.mutable[id] = &mutableSideEffect{}
	}
	return m.mutable[id]
}

func (e *Env) preloadMutableSideEffect(event *historypb.HistoryEvent) error {
	var r recordedMutable
	details := event.GetMarkerRecordedEventAttributes().GetDetails()
	err := errors.Join(
		converter.DecodeAll(e.opts.DataConverter, details[sideEffectData], &r.id, &r.value),
		converter.DecodeAll(e.opts.DataConverter, details[mutableSideEffectCalls], &r.call))
	if err != nil {
		return damaged(event, "its mutable side effect cannot be read: "+err.Error())
	}
	if e.mutables.recorded == nil {
		e.mutables.recorded = map[int64]recordedMutable{}
	}
	e.mutables.recorded[event.GetEventId()] = r
	return nil
}
