package command

import (
	"slices"

	commandpb "go.temporal.io/api/command/v1"
	historypb "go.temporal.io/api/history/v1"
	protocolpb "go.temporal.io/api/protocol/v1"
)

// Machine follows one command, or two that belong together, through the history.
type Machine interface {
	// Recorded takes the event that the server wrote for a command of this machine.
	Recorded(event *historypb.HistoryEvent) error
}

// matcher is a machine that knows its event where the command alone does not tell.
type matcher interface {
	matches(event *historypb.HistoryEvent) bool
}

// Outbox holds the commands of the workflow task that is being run, or was run last. The server
// writes exactly one event for each, in order, right after WorkflowTaskCompleted: that is how the ids
// of those events are known beforehand.
type Outbox struct {
	first    int64 // id of the first command's event
	skipped  int64 // reserved ids passed so far
	reserved map[int64]bool
	items    []item
	messages []*protocolpb.Message
}

type item struct {
	command *commandpb.Command
	machine Machine
}

func (i item) matches(event *historypb.HistoryEvent) bool {
	if m, ok := i.machine.(matcher); ok {
		return m.matches(event)
	}
	return matches(i.command, event)
}

// Begin empties the outbox for the task whose WorkflowTaskStarted event has the given id.
func (o *Outbox) Begin(startedEventID int64) {
	o.first, o.skipped, o.reserved, o.items, o.messages = startedEventID+2, 0, nil, nil, nil
}

// Reserve keeps an event id of the task from being predicted: an event is already there that no
// command will be made for.
func (o *Outbox) Reserve(eventID int64) {
	if o.reserved == nil {
		o.reserved = map[int64]bool{}
	}
	o.reserved[eventID] = true
}

// NextEventID is the id of the event that the next command will make.
func (o *Outbox) NextEventID() int64 {
	for o.reserved[o.first+int64(len(o.items))+o.skipped] {
		o.skipped++
	}
	return o.first + int64(len(o.items)) + o.skipped
}

// Add appends a command.
func (o *Outbox) Add(c *commandpb.Command, m Machine) {
	o.NextEventID() // passes what is reserved before this command
	o.items = append(o.items, item{c, m})
}

// Send adds a message that makes no event, or whose command was added.
func (o *Outbox) Send(m *protocolpb.Message) { o.messages = append(o.messages, m) }

// Messages are those that go with the commands, in order.
func (o *Outbox) Messages() []*protocolpb.Message { return o.messages }

// Remove takes a command back that was not sent; it tells whether it was there.
func (o *Outbox) Remove(c *commandpb.Command) bool {
	i := slices.IndexFunc(o.items, func(it item) bool { return it.command == c })
	if c == nil || i < 0 {
		return false
	}
	o.items = slices.Delete(o.items, i, i+1)
	return true
}

// Commands are the commands, in order.
func (o *Outbox) Commands() []*commandpb.Command {
	out := make([]*commandpb.Command, len(o.items))
	for i, it := range o.items {
		out[i] = it.command
	}
	return out
}

// Settle compares the commands with the events that the history has for them, and moves their
// machines. It returns a [*MismatchError] where the two disagree.
func (o *Outbox) Settle(events []*historypb.HistoryEvent) error {
	items := o.items
	o.items = nil
	for _, event := range events {
		if o.reserved[event.GetEventId()] {
			continue
		}
		if len(items) == 0 {
			return &MismatchError{Event: event}
		}
		if !items[0].matches(event) {
			return &MismatchError{Event: event, Command: items[0].command}
		}
		if err := items[0].machine.Recorded(event); err != nil {
			return err
		}
		items = items[1:]
	}
	if len(items) > 0 {
		return &MismatchError{Command: items[0].command}
	}
	return nil
}
