package command

import (
	"fmt"
	"strings"

	commandpb "go.temporal.io/api/command/v1"
	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// MismatchError is a disagreement of the replayed code with the history. One of the two is nil where
// the other has no counterpart.
type MismatchError struct {
	Event   *historypb.HistoryEvent
	Command *commandpb.Command
}

// Error names the event and the command that disagree.
func (e *MismatchError) Error() string {
	const advice = "The workflow's code has changed in a way that running workflows cannot follow, or it is not deterministic: bring the old order back behind workflow.GetVersion, or terminate the workflow and start it again"
	switch {
	case e.Command == nil:
		return fmt.Sprintf("nondeterministic workflow: the history has event %s, but the code now issues no command there. %s.", describeEvent(e.Event), advice)
	case e.Event == nil:
		return fmt.Sprintf("nondeterministic workflow: the code now issues the command %s, but the history has no event for it. %s.", describeCommand(e.Command), advice)
	default:
		return fmt.Sprintf("nondeterministic workflow: the history has event %s, but the code now issues the command %s there. %s.", describeEvent(e.Event), describeCommand(e.Command), advice)
	}
}

func describeEvent(e *historypb.HistoryEvent) string {
	return fmt.Sprintf("%d %s%s", e.GetEventId(), e.GetEventType(), attributes(e))
}

func describeCommand(c *commandpb.Command) string {
	text := c.GetCommandType().String() + attributes(c)
	// What a workflow fails with says why it comes to nothing else: a payload that cannot be read, often. A converter may have hidden it.
	if failed := c.GetFailWorkflowExecutionCommandAttributes().GetFailure(); failed != nil {
		text += fmt.Sprintf(" (%.500s)", failed.GetMessage())
	}
	return text
}

// attributes shows the set member of a message's oneof "attributes", without payloads.
func attributes(m proto.Message) string {
	msg := m.ProtoReflect()
	oneof := msg.Descriptor().Oneofs().ByName("attributes")
	field := msg.WhichOneof(oneof)
	if field == nil {
		return ""
	}
	attrs := proto.Clone(msg.Get(field).Message().Interface()).ProtoReflect()
	for _, bulky := range []protoreflect.Name{"input", "result", "details", "header", "failure", "memo", "upserted_memo", "search_attributes", "accepted_request", "outcome"} {
		if f := attrs.Descriptor().Fields().ByName(bulky); f != nil && f.Message() != nil {
			attrs.Clear(f)
		}
	}
	// Spaces of the JSON form vary on purpose; none is written here.
	text, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(attrs.Interface())
	if err != nil {
		return ""
	}
	return " " + strings.ReplaceAll(string(text), ", ", ",")
}
