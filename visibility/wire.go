package visibility

import (
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"google.golang.org/protobuf/encoding/protowire"
)

// The projection reads every record of every log, and needs one event in ten: it looks at the encoded messages and
// decodes nothing but that. These are the numbers of the fields that it looks at, of package recordpb and of
// HistoryEvent; a test holds them against the descriptors.
const (
	frameRecords   = 3
	recordsRecord  = 1
	recordWorkflow = 1
	recordRun      = 3

	runID          = 1
	runChange      = 2
	runSize        = 3
	runTransitions = 4
	runDeleted     = 5
	runPauseInfo   = 6
	runBuilds      = 7

	pauseInfoEntry = 1

	changeEvent = 1

	eventID   = 1
	eventTime = 2
	eventType = 3

	timeSeconds = 1
	timeNanos   = 2
)

// field is one field of an encoded message: number, and bytes or varint by its kind.
type field struct {
	number protowire.Number
	varint uint64
	bytes  []byte
}

// consume takes the first field of an encoded message.
func consume(data []byte) (f field, rest []byte, err error) {
	number, kind, n := protowire.ConsumeTag(data)
	if n < 0 {
		return f, nil, protowire.ParseError(n)
	}
	data = data[n:]
	f.number = number
	switch kind {
	case protowire.VarintType:
		f.varint, n = protowire.ConsumeVarint(data)
	case protowire.BytesType:
		f.bytes, n = protowire.ConsumeBytes(data)
	default:
		f.number, n = 0, protowire.ConsumeFieldValue(number, kind, data) // none that is looked at
	}
	if n < 0 {
		return f, nil, protowire.ParseError(n)
	}
	return f, data[n:], nil
}

// runPart is what one record says of one run, as far as an index can use it. Its bytes are the frame's.
type runPart struct {
	workflowID, runID []byte
	events            []event
	size, transitions int64
	deleted           bool
	// pauses says that the record changes what of the run is paused, to these entries.
	pauses    bool
	pauseInfo []string
	// builds are encoded; nil where they do not change.
	builds []byte
}

// event is an encoded HistoryEvent and the beginning of what it says.
type event struct {
	kind    enumspb.EventType
	id      int64
	encoded []byte
}

// walk calls fn with each run of a frame of which an index can use something. The part is fn's until it returns.
func walk(frame []byte, fn func(*runPart) error) error {
	var part runPart
	return each(frame, frameRecords, func(records []byte) error {
		return each(records, recordsRecord, func(record []byte) error { return walkRecord(record, &part, fn) })
	})
}

// each calls fn with every field of the number.
func each(message []byte, number protowire.Number, fn func([]byte) error) error {
	for len(message) > 0 {
		f, rest, err := consume(message)
		if err != nil {
			return fmt.Errorf("a message of the log: %w", err)
		}
		message = rest
		if f.number != number {
			continue
		}
		if err := fn(f.bytes); err != nil {
			return err
		}
	}
	return nil
}

// walkRecord reads one record; its workflow id stands before its runs.
func walkRecord(record []byte, part *runPart, fn func(*runPart) error) error {
	var workflowID []byte
	for len(record) > 0 {
		f, rest, err := consume(record)
		if err != nil {
			return fmt.Errorf("a record: %w", err)
		}
		record = rest
		switch f.number {
		case recordWorkflow:
			workflowID = f.bytes
		case recordRun:
			*part = runPart{workflowID: workflowID, events: part.events[:0]}
			if err := part.read(f.bytes); err != nil {
				return fmt.Errorf("a record of workflow %q: %w", workflowID, err)
			}
			if len(part.events) == 0 && !part.deleted && !part.pauses && part.builds == nil {
				continue
			}
			if err := fn(part); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *runPart) read(run []byte) error {
	for len(run) > 0 {
		f, rest, err := consume(run)
		if err != nil {
			return err
		}
		run = rest
		switch f.number {
		case runID:
			p.runID = f.bytes
		case runChange:
			if err := p.change(f.bytes); err != nil {
				return err
			}
		case runSize:
			p.size = int64(f.varint)
		case runTransitions:
			p.transitions = int64(f.varint)
		case runDeleted:
			p.deleted = f.varint != 0
		case runPauseInfo:
			p.pauses = true
			if err := each(f.bytes, pauseInfoEntry, func(entry []byte) error { p.pauseInfo = append(p.pauseInfo, string(entry)); return nil }); err != nil {
				return err
			}
		case runBuilds:
			p.builds = f.bytes
		}
	}
	return nil
}

func (p *runPart) change(change []byte) error {
	if len(change) == 0 {
		return nil
	}
	f, _, err := consume(change)
	if err != nil || f.number != changeEvent {
		return err
	}
	e, err := peek(f.bytes)
	if err == nil && concerns(e.kind) {
		p.events = append(p.events, e)
	}
	return err
}

// peek reads an event up to its type: the fields before it are its id and time.
func peek(encoded []byte) (event, error) {
	e := event{encoded: encoded}
	for data := encoded; len(data) > 0; {
		f, rest, err := consume(data)
		if err != nil {
			return e, fmt.Errorf("an event: %w", err)
		}
		data = rest
		switch f.number {
		case eventID:
			e.id = int64(f.varint)
		case eventType:
			e.kind = enumspb.EventType(f.varint)
			return e, nil
		}
	}
	return e, nil
}

// at is when an event happened.
func (e event) at() (time.Time, error) {
	var seconds, nanos int64
	err := each(e.encoded, eventTime, func(at []byte) error {
		for len(at) > 0 {
			f, rest, err := consume(at)
			if err != nil {
				return err
			}
			at = rest
			switch f.number {
			case timeSeconds:
				seconds = int64(f.varint)
			case timeNanos:
				nanos = int64(f.varint)
			}
		}
		return nil
	})
	return time.Unix(seconds, nanos).UTC(), err
}
