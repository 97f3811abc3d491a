package command

import (
	commandpb "go.temporal.io/api/command/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	protocolpb "go.temporal.io/api/protocol/v1"
)

// Message is a message of a completion whose place among the commands is that of its event: an update's acceptance or
// its outcome. The command names the message, which travels beside the commands.
type Message struct {
	what  string
	is    func(*historypb.HistoryEvent) bool
	state onceState
}

// SendInPlace adds a message, and the command that gives it its place. is tells its event from others.
func SendInPlace(o *Outbox, m *protocolpb.Message, is func(*historypb.HistoryEvent) bool) {
	o.Add(&commandpb.Command{
		CommandType: enumspb.COMMAND_TYPE_PROTOCOL_MESSAGE,
		Attributes: &commandpb.Command_ProtocolMessageCommandAttributes{
			ProtocolMessageCommandAttributes: &commandpb.ProtocolMessageCommandAttributes{MessageId: m.GetId()},
		},
	}, &Message{what: m.GetId(), is: is})
	o.Send(m)
}

// matches implements [matcher].
func (m *Message) matches(e *historypb.HistoryEvent) bool { return m.is(e) }

// Recorded implements [Machine].
func (m *Message) Recorded(*historypb.HistoryEvent) (err error) {
	m.state, err = next(onceMoves, m.state, onRecorded, m)
	return err
}

// String names the message in errors.
func (m *Message) String() string { return "the message " + m.what }
