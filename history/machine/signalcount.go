package machine

import (
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"google.golang.org/protobuf/encoding/protowire"
)

// checkSignal is the refusal of a signal that is too large, one too many, or one that would keep the run from closing again.
func (t *transaction) checkSignal(input *commonpb.Payloads) error {
	if err := t.checkInput(input); err != nil {
		return err
	}
	if limit := t.in.limits().Signals; limit > 0 && t.run.hasSignals(limit) {
		return serviceerror.NewInvalidArgument("exceeded workflow execution limit for signal events")
	}
	return t.run.checkClosing()
}

// signalCount is how many signals are among the events up to one.
type signalCount struct{ event, signals int64 }

// hasSignals tells whether the run has taken so many signals. They are counted among its events, each once, when there
// are enough of these for it: no state but the events themselves says how many there are.
func (r *Run) hasSignals(limit int64) bool {
	if r.lastEvent+int64(len(r.buffered)) < limit {
		return false
	}
	for _, batch := range r.BatchesAfter(r.counted.event) {
		for _, event := range batch.Events {
			if eventType(event) == enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED {
				r.counted.signals++
			}
		}
	}
	r.counted.event = r.lastEvent
	buffered := int64(0)
	for _, event := range r.buffered {
		if event.EventType == enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED {
			buffered++
		}
	}
	return r.counted.signals+buffered >= limit
}

// eventType is the type of an encoded HistoryEvent, without decoding it.
func eventType(event []byte) enumspb.EventType {
	const field = 3
	for len(event) > 0 {
		number, kind, n := protowire.ConsumeTag(event)
		if n < 0 {
			break
		}
		event = event[n:]
		if number == field && kind == protowire.VarintType {
			value, n := protowire.ConsumeVarint(event)
			if n < 0 {
				break
			}
			return enumspb.EventType(value)
		}
		if n = protowire.ConsumeFieldValue(number, kind, event); n < 0 {
			break
		}
		event = event[n:]
	}
	return enumspb.EVENT_TYPE_UNSPECIFIED
}
