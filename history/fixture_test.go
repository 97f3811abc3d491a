package history

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	historypb "go.temporal.io/api/history/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/workerpb"
	"github.com/perdure/perdure/history/namespace"
	"github.com/perdure/perdure/history/rest"
	"github.com/perdure/perdure/internal/natstest"
)

func TestMain(m *testing.M) { natstest.VerifyTestMain(m) }

// patience is what no step of a test may take.
const patience = time.Minute

func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// noMatching has queues that nobody works on.
type noMatching struct{}

func (noMatching) Queue(string, *workerpb.Task) {}

func (noMatching) Sticky(_, _, _ string, _ *workflowservice.PollWorkflowTaskQueueResponse, answer func(bool)) {
	answer(false)
}

func (noMatching) Query(context.Context, string, string, string, *workflowservice.PollWorkflowTaskQueueResponse) (*workflowservice.RespondQueryTaskCompletedRequest, error) {
	return nil, context.Canceled
}

// place is a namespace of one shard on a nats-server of the test's.
type place struct {
	js       jetstream.JetStream
	settings *namespace.Settings
	config   Config
}

func newPlace(t testing.TB, change func(*Config)) *place {
	t.Helper()
	js := natstest.Start(t).Connect(t)
	registry, err := namespace.Open(within(t), namespace.Config{JetStream: js, Shards: 1})
	require.NoError(t, err)
	_, err = registry.RegisterNamespace(within(t), &workflowservice.RegisterNamespaceRequest{Namespace: "test"})
	require.NoError(t, err)
	settings, err := registry.Get(within(t), "test")
	require.NoError(t, err)
	p := &place{js: js, settings: settings, config: Config{
		Conn: js.Conn(), JetStream: js, Namespaces: registry, Matching: noMatching{}, Owner: "tester", Logger: zerolog.Nop(),
	}}
	if change != nil {
		change(&p.config)
	}
	require.NoError(t, p.config.complete())
	return p
}

// connect has the place's shards use another connection.
func (p *place) connect(t testing.TB, conn *nats.Conn) {
	t.Helper()
	var err error
	p.js, err = jetstream.New(conn)
	require.NoError(t, err)
	p.config.Conn, p.config.JetStream = conn, p.js
}

// shard is the namespace's, that nobody serves yet.
func (p *place) shard(t testing.TB) *shard {
	t.Helper()
	store, err := rest.Open(within(t), p.settings.Rest(p.js, p.config.Names))
	require.NoError(t, err)
	return newShard(p.config, zerolog.Nop(), &openNamespace{settings: p.settings, store: store}, 0, nil)
}

// driven is a shard's loop of which the test is the goroutine.
type driven struct {
	*loop
	t testing.TB
}

// drive recovers the shard. The loop ends with the test, or with end.
func (p *place) drive(t testing.TB) *driven {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	sh := p.shard(t)
	sh.cancel = cancel
	late := time.AfterFunc(patience, cancel)
	l, err := sh.recover(ctx)
	late.Stop()
	require.NoError(t, err)
	d := &driven{l, t}
	t.Cleanup(d.end)
	return d
}

// end is safe to be called twice. What is in flight gets no outcome.
func (d *driven) end() {
	d.cancel()
	d.helpers.Wait()
	d.close(nil)
}

// decide lets the loop decide requests, and hand over what it can. Those to a broken run wait.
func (d *driven) decide(requests ...proto.Message) []*asked {
	d.t.Helper()
	var all []*asked
	for _, message := range requests {
		r := newRequest(d.t, message)
		all = append(all, r)
		require.NoError(d.t, d.handle(r.request))
		e := d.active[r.workflowID]
		d.until(func() bool { return !e.loading || e.broken != nil })
	}
	require.NoError(d.t, d.turn())
	return all
}

// quiet lets the loop go on until all frames are acknowledged.
func (d *driven) quiet() {
	d.t.Helper()
	d.until(func() bool { return len(d.flight) == 0 && d.frame.empty() })
}

// until lets the loop go on, but for its ticks, until something is so.
func (d *driven) until(done func() bool) {
	d.t.Helper()
	late := time.After(patience)
	for {
		require.NoError(d.t, d.settle())
		require.NoError(d.t, d.turn())
		if done() {
			return
		}
		select {
		case reply := <-d.writer.Replies():
			d.writer.Settle(reply)
		case <-d.mailbox.Wake():
		case <-late:
			require.Fail(d.t, "it does not come")
		}
	}
}

// must decides the requests, waits until they are acknowledged and returns the replies.
func (d *driven) must(requests ...proto.Message) []proto.Message {
	d.t.Helper()
	var replies []proto.Message
	for _, r := range d.decide(requests...) {
		reply, err := d.outcome(r)
		require.NoError(d.t, err)
		replies = append(replies, reply)
	}
	return replies
}

// outcome lets the loop go on until the request is answered.
func (d *driven) outcome(r *asked) (proto.Message, error) {
	d.t.Helper()
	var got outcome
	d.until(func() bool {
		select {
		case got = <-r.outcome:
			return true
		default:
			return false
		}
	})
	return got.reply, got.err
}

// events are those of the workflow's latest run.
func (d *driven) events(id string) []*historypb.HistoryEvent {
	d.t.Helper()
	return d.eventsOf(id, "")
}

// eventsOf are those of one of the workflow's runs.
func (d *driven) eventsOf(id, runID string) []*historypb.HistoryEvent {
	d.t.Helper()
	reply := d.must(&workflowservice.GetWorkflowExecutionHistoryRequest{Execution: execution(id, runID)})[0]
	encoded, err := proto.Marshal(reply) // with the history that is attached
	require.NoError(d.t, err)
	whole := &workflowservice.GetWorkflowExecutionHistoryResponse{}
	require.NoError(d.t, proto.Unmarshal(encoded, whole))
	for i, event := range whole.History.Events {
		require.EqualValues(d.t, i+1, event.EventId)
	}
	return whole.History.Events
}

// signals are the names of the signals in the workflow's history.
func (d *driven) signals(id string) (names []string) {
	d.t.Helper()
	for _, event := range d.events(id) {
		if a := event.GetWorkflowExecutionSignaledEventAttributes(); a != nil {
			names = append(names, a.SignalName)
		}
	}
	return names
}

// asked is a request with what is answered.
type asked struct {
	*request
	outcome chan outcome
}

func newRequest(t testing.TB, message proto.Message) *asked {
	t.Helper()
	id, task, err := topicOf(message)
	require.NoError(t, err)
	answers := make(chan outcome, 1)
	return &asked{&request{
		ctx: within(t), workflowID: id, task: task, call: api.Call{Namespace: "test", Request: message},
		done: func(reply proto.Message, err error) { answers <- outcome{reply, err} },
	}, answers}
}

var startCount int

func start(id string) *workflowservice.StartWorkflowExecutionRequest {
	startCount++
	return &workflowservice.StartWorkflowExecutionRequest{
		WorkflowId: id, WorkflowType: &commonpb.WorkflowType{Name: "type"}, TaskQueue: &taskqueuepb.TaskQueue{Name: "queue"},
		RequestId: fmt.Sprintf("start-%d", startCount),
	}
}

func signal(id, name string) *workflowservice.SignalWorkflowExecutionRequest {
	return &workflowservice.SignalWorkflowExecutionRequest{WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: id}, SignalName: name}
}
