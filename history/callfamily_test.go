package history

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/workerpb"
	"github.com/perdure/perdure/history/namespace"
	"github.com/perdure/perdure/history/rest"
	"github.com/perdure/perdure/internal/natstest"
)

// family is a namespace of several shards, whose loops the test drives one after the other, and a worker of all its
// workflows. Each shard can be lost at any point, and served again later.
type family struct {
	*place
	t      *testing.T
	random *rand.Rand
	queues *queues
	// loops are those of the shards; nil: nobody serves it.
	loops []*driven
	// away are shards that are not served again by themselves.
	away map[int]bool
	// refusal is what a shard says to a request instead of carrying it out; nil: it does.
	refusal func(request proto.Message) error
	// losses is how often one step in a thousand loses a shard.
	losses int
	lost   int
	// code says what a workflow of a type does with its history.
	code  map[string]func(id string, events []*historypb.HistoryEvent) []*commandpb.Command
	tasks int
}

func newFamily(t *testing.T, shards int, seed uint64) *family {
	t.Helper()
	js := natstest.Start(t).Connect(t)
	registry, err := namespace.Open(within(t), namespace.Config{JetStream: js, Shards: shards})
	require.NoError(t, err)
	_, err = registry.RegisterNamespace(within(t), &workflowservice.RegisterNamespaceRequest{Namespace: "test"})
	require.NoError(t, err)
	settings, err := registry.Get(within(t), "test")
	require.NoError(t, err)
	f := &family{
		t: t, random: rand.New(rand.NewPCG(seed, 11)), queues: &queues{}, loops: make([]*driven, shards),
		code: map[string]func(string, []*historypb.HistoryEvent) []*commandpb.Command{},
	}
	f.place = &place{js: js, settings: settings, config: Config{
		Conn: js.Conn(), JetStream: js, Namespaces: registry, Matching: f.queues, Owner: "tester", Logger: zerolog.Nop(), RestAfter: time.Nanosecond, RestBusy: time.Nanosecond,
	}}
	require.NoError(t, f.config.complete())
	for number := range shards {
		f.serve(number)
	}
	t.Cleanup(func() {
		for number := range f.loops {
			f.lose(number)
		}
	})
	return f
}

// serve recovers a shard.
func (f *family) serve(number int) {
	f.t.Helper()
	store, err := rest.Open(within(f.t), f.settings.Rest(f.js, f.config.Names))
	require.NoError(f.t, err)
	sh := newShard(f.config, zerolog.Nop(), &openNamespace{settings: f.settings, store: store}, number, f.execute)
	ctx, cancel := context.WithCancel(context.Background())
	sh.cancel = cancel
	l, err := sh.recover(ctx)
	require.NoError(f.t, err)
	f.loops[number] = &driven{l, f.t}
}

// lose ends a shard's loop in the midst of all that it does.
func (f *family) lose(number int) {
	d := f.loops[number]
	if d == nil {
		return
	}
	f.loops[number] = nil
	d.end()
	d.mailbox.Shut()
	for _, item := range d.mailbox.Take(nil) {
		refuse(item, interrupted(nil))
	}
}

// execute is the service's.
func (f *family) execute(ctx context.Context, call api.Call, done func(proto.Message, error)) {
	id, task, err := topicOf(call.Request)
	if err != nil {
		done(nil, err)
		return
	}
	if f.refusal != nil {
		if err := f.refusal(call.Request); err != nil {
			done(nil, err)
			return
		}
	}
	d := f.loops[shardOf(id, len(f.loops))]
	if d == nil || !d.mailbox.Put(&request{ctx: ctx, workflowID: id, call: call, task: task, done: done}) {
		done(nil, serviceerror.NewUnavailable("nobody serves the shard"))
	}
}

// step lets some shard go on by one turn, or be lost, or be served again; and then waits for what comes, unless it is done.
func (f *family) step(done func() bool) {
	f.t.Helper()
	number := f.random.IntN(len(f.loops))
	d := f.loops[number]
	switch {
	case d == nil:
		if !f.away[number] {
			f.serve(number)
		}
		return
	case f.random.IntN(1000) < f.losses:
		f.lost++
		f.lose(number)
		return
	}
	if f.random.IntN(2) == 0 {
		d.restTick()
		d.readBroken()
	}
	require.NoError(f.t, d.settle())
	require.NoError(f.t, d.turn())
	if !done() {
		f.wait()
	}
}

// wait takes acknowledgements, or waits until some shard has something to do.
func (f *family) wait() {
	f.t.Helper()
	var cases []reflect.SelectCase
	var served []*driven
	busy := false
	for number, d := range f.loops {
		if d == nil {
			busy = busy || !f.away[number]
			continue
		}
		busy = busy || d.next < len(d.inbox)
		served = append(served, d)
		for _, c := range []any{d.writer.Replies(), d.mailbox.Wake()} {
			cases = append(cases, reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(c)})
		}
	}
	if busy {
		cases = append(cases, reflect.SelectCase{Dir: reflect.SelectDefault})
	} else {
		late := time.NewTimer(time.Until(f.nextDue()))
		defer late.Stop()
		cases = append(cases, reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(late.C)})
	}
	chosen, value, _ := reflect.Select(cases)
	switch d := chosen / 2; {
	case d == len(served): // what is due is looked at in its turn
	case chosen%2 == 0:
		served[d].writer.Settle(value.Interface().(*nats.Msg))
		require.NoError(f.t, served[d].settle())
	default:
		require.NoError(f.t, served[d].turn())
	}
}

// nextDue is when something is due at some shard, or a tick from now.
func (f *family) nextDue() time.Time {
	f.t.Helper()
	next := time.Now().Add(tick)
	for _, d := range f.loops {
		if d == nil {
			continue
		}
		if first := d.due.first(); first != nil && first.at < next.UnixNano() {
			next = time.Unix(0, first.at)
		}
	}
	return next
}

// ask carries out a request, again as long as the shard is not there, while the shards go on.
func (f *family) ask(message proto.Message) (proto.Message, error) {
	f.t.Helper()
	for {
		outcomes := make(chan outcome, 1)
		f.execute(within(f.t), api.Call{Namespace: "test", Request: message}, func(reply proto.Message, err error) { outcomes <- outcome{reply, err} })
		for answered := func() bool { return len(outcomes) > 0 }; !answered(); {
			f.step(answered)
		}
		got := <-outcomes
		if !errors.As(got.err, new(*serviceerror.Unavailable)) {
			return got.reply, got.err
		}
		f.step(func() bool { return true })
	}
}

func (f *family) must(message proto.Message) proto.Message {
	f.t.Helper()
	reply, err := f.ask(message)
	require.NoError(f.t, err)
	return reply
}

// any tells whether a task is queued.
func (q *queues) any() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.queued) > 0
}

// work runs the workflow tasks that are queued; false: there was none.
func (f *family) work() bool {
	f.t.Helper()
	f.queues.mu.Lock()
	queued := f.queues.queued
	f.queues.queued = nil
	f.queues.mu.Unlock()
	for _, task := range queued {
		f.tasks++
		reply, err := f.ask(&workerpb.StartTaskRequest{Task: task, RequestId: fmt.Sprintf("task-%d", f.tasks)})
		if err != nil {
			if !errors.As(err, new(*serviceerror.DataLoss)) {
				require.ErrorAs(f.t, err, new(*serviceerror.NotFound)) // it is stale
			}
			continue
		}
		started := reply.(*workflowservice.PollWorkflowTaskQueueResponse)
		id := started.WorkflowExecution.WorkflowId
		commands := f.code[started.WorkflowType.Name](id, f.events(id, started.WorkflowExecution.RunId))
		_, err = f.ask(&workflowservice.RespondWorkflowTaskCompletedRequest{TaskToken: started.TaskToken, Commands: commands})
		if err != nil && !errors.As(err, new(*serviceerror.NotFound)) {
			require.ErrorContains(f.t, err, "UnhandledCommand")
		}
	}
	return len(queued) > 0
}

// events are those of a run; "" is the latest.
func (f *family) events(id, runID string) []*historypb.HistoryEvent {
	f.t.Helper()
	encoded, err := proto.Marshal(f.must(&workflowservice.GetWorkflowExecutionHistoryRequest{Execution: execution(id, runID)}))
	require.NoError(f.t, err)
	whole := &workflowservice.GetWorkflowExecutionHistoryResponse{}
	require.NoError(f.t, proto.Unmarshal(encoded, whole))
	return whole.History.Events
}

// count is how many of the events are of a type.
func count(events []*historypb.HistoryEvent, kind enumspb.EventType) (n int) {
	for _, event := range events {
		if event.EventType == kind {
			n++
		}
	}
	return n
}

// closed tells whether the events end a run.
func closed(events []*historypb.HistoryEvent) bool {
	switch events[len(events)-1].EventType {
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED:
		return true
	}
	return false
}

func startType(id, workflowType string) *workflowservice.StartWorkflowExecutionRequest {
	q := start(id)
	q.WorkflowType.Name = workflowType
	return q
}

func childCommand(id, workflowType string, policy enumspb.ParentClosePolicy) *commandpb.Command {
	return &commandpb.Command{CommandType: enumspb.COMMAND_TYPE_START_CHILD_WORKFLOW_EXECUTION, Attributes: &commandpb.Command_StartChildWorkflowExecutionCommandAttributes{
		StartChildWorkflowExecutionCommandAttributes: &commandpb.StartChildWorkflowExecutionCommandAttributes{
			WorkflowId: id, WorkflowType: &commonpb.WorkflowType{Name: workflowType}, ParentClosePolicy: policy,
		},
	}}
}

func signalCommand(id, name string) *commandpb.Command {
	return &commandpb.Command{CommandType: enumspb.COMMAND_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION, Attributes: &commandpb.Command_SignalExternalWorkflowExecutionCommandAttributes{
		SignalExternalWorkflowExecutionCommandAttributes: &commandpb.SignalExternalWorkflowExecutionCommandAttributes{Execution: execution(id, ""), SignalName: name},
	}}
}

func completeCommand() *commandpb.Command {
	return &commandpb.Command{CommandType: enumspb.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION, Attributes: &commandpb.Command_CompleteWorkflowExecutionCommandAttributes{
		CompleteWorkflowExecutionCommandAttributes: &commandpb.CompleteWorkflowExecutionCommandAttributes{},
	}}
}

func continueCommand() *commandpb.Command {
	return &commandpb.Command{CommandType: enumspb.COMMAND_TYPE_CONTINUE_AS_NEW_WORKFLOW_EXECUTION, Attributes: &commandpb.Command_ContinueAsNewWorkflowExecutionCommandAttributes{
		ContinueAsNewWorkflowExecutionCommandAttributes: &commandpb.ContinueAsNewWorkflowExecutionCommandAttributes{},
	}}
}
