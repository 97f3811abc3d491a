package engine

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	commonpb "go.temporal.io/api/common/v1"
	historypb "go.temporal.io/api/history/v1"
	protocolpb "go.temporal.io/api/protocol/v1"
	updatepb "go.temporal.io/api/update/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/internal/command"
)

// UpdateHandler handles one update, in a coroutine of its own. It rejects it before it first blocks, or accepts it and
// completes it in its own time. On replay an update comes only if it was accepted.
type UpdateHandler func(u *Update)

// Update is an update that has come to the run.
type Update struct {
	env        *Env
	request    *updatepb.Request
	messageID  string // of the request
	sequencing int64  // the event behind which it came
}

// updates holds who handles updates, by name, and those that have no outcome yet.
type updates struct {
	handlers map[string]UpdateHandler
	// waiting came before their handler was there. They are let go when it is, or rejected when all code is blocked.
	waiting []*Update
	// running are accepted and not completed, in the order in which they were accepted.
	running []*Update
	// admitted are requests that the history has, of updates that are not accepted yet, by id.
	admitted map[string]*Update
	// silent are the names whose unfinished updates are no reason to warn.
	silent map[string]bool
}

// HandleUpdate gives the updates of a name to fn: those that wait for it at once, each in a coroutine that gets its turn next.
// The calling coroutine lets them run. If silent is set nobody is warned of those that are not completed when the run ends.
func (e *Env) HandleUpdate(name string, silent bool, fn UpdateHandler) {
	e.MustBeWritable("handle an update")
	if e.discard() {
		return
	}
	us := &e.updates
	if us.handlers == nil {
		us.handlers, us.silent = map[string]UpdateHandler{}, map[string]bool{}
	}
	us.handlers[name], us.silent[name] = fn, silent
	us.waiting = slices.DeleteFunc(us.waiting, func(u *Update) bool {
		if u.Name() != name {
			return false
		}
		u.spawn()
		return true
	})
	e.Park("the updates that have come already", func() bool { return true })
}

// UpdatesRunning tells whether an update is accepted and not completed.
func (e *Env) UpdatesRunning() bool { return len(e.updates.running) > 0 }

// arrive begins updates, before all other code of the task. As long as nothing is handled the code is thought to have
// had no chance to say what it handles.
func (e *Env) arrive(came ...*Update) {
	if len(e.updates.handlers) == 0 {
		e.updates.waiting = append(e.updates.waiting, came...)
		return
	}
	for _, u := range came {
		u.spawn()
	}
}

func (u *Update) spawn() { u.env.dispatcher.GoFirst(u.Name(), func() { u.env.updates.handle(u) }) }

func (us *updates) handle(u *Update) {
	if fn, ok := us.handlers[u.Name()]; ok {
		fn(u)
		return
	}
	u.Reject(fmt.Errorf("unknown update %s. KnownUpdates=%v", u.Name(), slices.Sorted(maps.Keys(us.handlers))))
}

// letGo lets updates run that no handler came for: to be rejected. It tells whether there were any.
func (us *updates) letGo() bool {
	waiting := us.waiting
	us.waiting = nil
	for _, u := range waiting {
		u.spawn()
	}
	return len(waiting) > 0
}

// ID is the update's id, unique in the run.
func (u *Update) ID() string { return u.request.GetMeta().GetUpdateId() }

// Name is what the code handles it by.
func (u *Update) Name() string { return u.request.GetInput().GetName() }

// Input is what it was called with.
func (u *Update) Input() *commonpb.Payloads { return u.request.GetInput().GetArgs() }

// Header came with it.
func (u *Update) Header() *commonpb.Header { return u.request.GetInput().GetHeader() }

// Accept has the update recorded; to be called once, before the handler blocks.
func (u *Update) Accept() {
	u.env.updates.running = append(u.env.updates.running, u)
	id := u.ID()
	u.answer("accept", &updatepb.Acceptance{
		AcceptedRequestMessageId: u.messageID, AcceptedRequestSequencingEventId: u.sequencing, AcceptedRequest: u.request,
	}, func(e *historypb.HistoryEvent) bool {
		a := e.GetWorkflowExecutionUpdateAcceptedEventAttributes()
		return a.GetProtocolInstanceId() == id && a.GetAcceptedRequestMessageId() == u.messageID && a.GetAcceptedRequestSequencingEventId() == u.sequencing
	})
}

// Reject answers the update without a trace in the history; to be called instead of Accept.
func (u *Update) Reject(err error) {
	u.answer("reject", &updatepb.Rejection{
		RejectedRequestMessageId: u.messageID, RejectedRequestSequencingEventId: u.sequencing, RejectedRequest: u.request,
		Failure: failure.FromError(u.env.opts.DataConverter, err),
	}, nil)
}

// Complete records the outcome of an accepted update.
func (u *Update) Complete(result *commonpb.Payloads, err error) {
	running := &u.env.updates.running
	*running = slices.DeleteFunc(*running, func(other *Update) bool { return other == u })
	outcome := &updatepb.Outcome{Value: &updatepb.Outcome_Success{Success: result}}
	if err != nil {
		outcome.Value = &updatepb.Outcome_Failure{Failure: failure.FromError(u.env.opts.DataConverter, err)}
	}
	id := u.ID()
	u.answer("complete", &updatepb.Response{Meta: &updatepb.Meta{UpdateId: id}, Outcome: outcome}, func(e *historypb.HistoryEvent) bool {
		return e.GetWorkflowExecutionUpdateCompletedEventAttributes().GetMeta().GetUpdateId() == id
	})
}

// answer sends a message about the update. One that makes an event has a place among the commands.
func (u *Update) answer(what string, body proto.Message, event func(*historypb.HistoryEvent) bool) {
	if u.env.discard() {
		return
	}
	packed, err := anypb.New(body)
	if err != nil {
		u.env.fail(unhandled(fmt.Sprintf("the answer to update %s: %v", u.ID(), err), ""))
	}
	m := &protocolpb.Message{Id: u.ID() + "/" + what, ProtocolInstanceId: u.ID(), Body: packed}
	if event == nil {
		u.env.outbox.Send(m)
		return
	}
	command.SendInPlace(&u.env.outbox, m, event)
}

// warnOfUpdates tells of updates that the run leaves unfinished by ending well.
func (e *Env) warnOfUpdates(o *outcome) {
	var (
		canceled *failure.CanceledError
		next     *failure.ContinueAsNewError
	)
	if o.err != nil && !errors.As(o.err, &canceled) && !errors.As(o.err, &next) {
		return
	}
	var names []string
	for _, u := range e.updates.running {
		if !e.updates.silent[u.Name()] {
			names = append(names, u.Name()+" "+u.ID())
		}
	}
	if len(names) > 0 {
		e.logger.Warn().Str("workflow", e.info.WorkflowType).Str("workflow_id", e.info.WorkflowID).Str("run_id", e.info.RunID).Strs("updates", names).
			Msg("the workflow ends while handlers of updates run: their work is interrupted, and their callers get a failure; wait for them with workflow.AllHandlersFinished, or switch this warning off with UpdateHandlerOptions.UnfinishedPolicy")
	}
}
