package api

import (
	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// eventsField is the number of the field events of a History.
const eventsField = 1

// AttachHistory puts encoded events into the field history of a reply without
// decoding them: they become unknown fields, which are encoded behind the known
// ones, so that whoever decodes the reply finds them in their place. Until
// then the reply's own History is nil.
func AttachHistory(reply proto.Message, events [][]byte) {
	field := reply.ProtoReflect().Descriptor().Fields().ByName("history")
	size := 0
	for _, event := range events {
		size += protowire.SizeTag(eventsField) + protowire.SizeBytes(len(event))
	}
	raw := make([]byte, 0, size+16)
	raw = protowire.AppendTag(raw, field.Number(), protowire.BytesType)
	raw = protowire.AppendVarint(raw, uint64(size))
	for _, event := range events {
		raw = protowire.AppendTag(raw, eventsField, protowire.BytesType)
		raw = protowire.AppendBytes(raw, event)
	}
	reply.ProtoReflect().SetUnknown(raw)
}

// Settle decodes what AttachHistory attached to the reply, or to a message in
// it, for who wants to read it in this process.
func Settle(reply proto.Message) error {
	encoded, err := proto.Marshal(reply)
	if err != nil {
		return err
	}
	return proto.Unmarshal(encoded, reply)
}

// DecodeEvents decodes encoded events.
func DecodeEvents(encoded [][]byte) ([]*historypb.HistoryEvent, error) {
	events := make([]*historypb.HistoryEvent, len(encoded))
	for i, b := range encoded {
		events[i] = &historypb.HistoryEvent{}
		if err := proto.Unmarshal(b, events[i]); err != nil {
			return nil, err
		}
	}
	return events, nil
}
