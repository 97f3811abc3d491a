package visibility

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/workerpb"
	"github.com/perdure/perdure/history"
	"github.com/perdure/perdure/history/namespace"
	"github.com/perdure/perdure/internal/natstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is what no step of a test may take.
const patience = time.Minute

func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// tasks are queues on which nobody works but the test.
type tasks chan *workerpb.Task

// Queue drops what nobody will work on: a shard is never kept waiting.
func (q tasks) Queue(_ string, task *workerpb.Task) {
	select {
	case q <- task:
	default:
	}
}

func (tasks) Sticky(_, _, _ string, _ *workflowservice.PollWorkflowTaskQueueResponse, answer func(bool)) {
	answer(false)
}

func (tasks) Query(context.Context, string, string, string, *workflowservice.PollWorkflowTaskQueueResponse) (*workflowservice.RespondQueryTaskCompletedRequest, error) {
	return nil, context.Canceled
}

// place is a history service with a namespace of two shards on a nats-server of the test's.
type place struct {
	t        testing.TB
	server   *natstest.Server
	js       jetstream.JetStream
	registry *namespace.Registry
	settings *namespace.Settings
	history  *history.Service
	tasks    tasks
}

const testNamespace = "test"

func newPlace(t testing.TB, change ...func(*history.Config)) *place {
	t.Helper()
	server := natstest.Start(t)
	js := server.Connect(t)
	registry, err := namespace.Open(within(t), namespace.Config{JetStream: js, Shards: 2})
	require.NoError(t, err)
	_, err = registry.RegisterNamespace(within(t), &workflowservice.RegisterNamespaceRequest{Namespace: testNamespace})
	require.NoError(t, err)
	settings, err := registry.Get(within(t), testNamespace)
	require.NoError(t, err)
	p := &place{t: t, server: server, js: js, registry: registry, settings: settings, tasks: make(tasks, 100_000)}
	config := history.Config{Conn: js.Conn(), JetStream: js, Namespaces: registry, Matching: p.tasks, Owner: "tester", Logger: zerolog.Nop()}
	for _, f := range change {
		f(&config)
	}
	p.history, err = history.New(config)
	require.NoError(t, err)
	require.NoError(t, p.history.OpenNamespace(within(t), testNamespace))
	t.Cleanup(func() { require.NoError(t, p.history.Stop(within(t))) })
	require.NoError(t, p.history.Ready(within(t)))
	return p
}

// restless has runs go to rest at once, and logs cut, as soon as shards look.
func restless(c *history.Config) {
	c.RestAfter, c.RestBusy, c.CutBytes = time.Millisecond, time.Millisecond, 1
}

// serve is a service of the place's namespace.
func (p *place) serve(folder string, change ...func(*Config)) *Service {
	p.t.Helper()
	config := Config{
		JetStream: p.server.Connect(p.t), Positions: p.history, Namespaces: p.registry, Folder: folder, Logger: zerolog.Nop(),
		Wait: patience, // a test waits for the index rather than to see it behind
	}
	for _, f := range change {
		f(&config)
	}
	s, err := New(config)
	require.NoError(p.t, err)
	require.NoError(p.t, s.OpenNamespace(within(p.t), p.settings))
	p.t.Cleanup(func() { require.NoError(p.t, s.Stop(within(p.t))) })
	return s
}

// file is that of the namespace's index in a folder.
func file(folder string) string { return filepath.Join(folder, testNamespace+"-1.db") }

// call has history serve a request.
func (p *place) call(request proto.Message) (proto.Message, error) {
	p.t.Helper()
	type outcome struct {
		reply proto.Message
		err   error
	}
	answers := make(chan outcome, 1)
	p.history.Execute(within(p.t), api.Call{Namespace: testNamespace, Request: request}, func(reply proto.Message, err error) {
		answers <- outcome{reply, err}
	})
	o := <-answers
	return o.reply, o.err
}

func (p *place) must(request proto.Message) proto.Message {
	p.t.Helper()
	reply, err := p.call(request)
	require.NoError(p.t, err)
	return reply
}

func payload(text string) *commonpb.Payload {
	return &commonpb.Payload{Metadata: map[string][]byte{"encoding": []byte("json/plain"), "type": []byte("Keyword")}, Data: []byte(text)}
}

func startRequest(id string) *workflowservice.StartWorkflowExecutionRequest {
	return &workflowservice.StartWorkflowExecutionRequest{
		Namespace: testNamespace, WorkflowId: id, WorkflowType: &commonpb.WorkflowType{Name: "Type"}, TaskQueue: &taskqueuepb.TaskQueue{Name: "queue"},
		RequestId: uuid.NewString(),
	}
}

// start starts a workflow and returns its run id.
func (p *place) start(id string, change ...func(*workflowservice.StartWorkflowExecutionRequest)) string {
	p.t.Helper()
	request := startRequest(id)
	for _, f := range change {
		f(request)
	}
	return p.must(request).(*workflowservice.StartWorkflowExecutionResponse).RunId
}

func execution(id string) *commonpb.WorkflowExecution {
	return &commonpb.WorkflowExecution{WorkflowId: id}
}

func (p *place) signal(id string) {
	p.t.Helper()
	p.must(&workflowservice.SignalWorkflowExecutionRequest{WorkflowExecution: execution(id), SignalName: "s"})
}

func (p *place) terminate(id string) {
	p.t.Helper()
	p.must(&workflowservice.TerminateWorkflowExecutionRequest{WorkflowExecution: execution(id)})
}

// complete completes the next workflow task of a workflow with commands. The tasks of others are dropped.
func (p *place) complete(id string, commands ...*commandpb.Command) {
	p.t.Helper()
	for {
		select {
		case task := <-p.tasks:
			if task.WorkflowId != id {
				continue
			}
			reply, err := p.call(&workerpb.StartTaskRequest{Task: task, RequestId: uuid.NewString()})
			if err != nil {
				continue // stale
			}
			p.must(&workflowservice.RespondWorkflowTaskCompletedRequest{TaskToken: reply.(*workflowservice.PollWorkflowTaskQueueResponse).TaskToken, Commands: commands})
			return
		case <-time.After(patience):
			require.Fail(p.t, "there is no task of "+id)
		}
	}
}

// command is one of a type whose attributes are those of the message's only field of the name.
func command(kind enumspb.CommandType, set func(*commandpb.Command)) *commandpb.Command {
	c := &commandpb.Command{CommandType: kind}
	set(c)
	return c
}

func completeWorkflow() *commandpb.Command {
	return command(enumspb.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION, func(c *commandpb.Command) {
		c.Attributes = &commandpb.Command_CompleteWorkflowExecutionCommandAttributes{CompleteWorkflowExecutionCommandAttributes: &commandpb.CompleteWorkflowExecutionCommandAttributes{}}
	})
}

func continueAsNew() *commandpb.Command {
	return command(enumspb.COMMAND_TYPE_CONTINUE_AS_NEW_WORKFLOW_EXECUTION, func(c *commandpb.Command) {
		c.Attributes = &commandpb.Command_ContinueAsNewWorkflowExecutionCommandAttributes{ContinueAsNewWorkflowExecutionCommandAttributes: &commandpb.ContinueAsNewWorkflowExecutionCommandAttributes{
			WorkflowType: &commonpb.WorkflowType{Name: "Next"}, TaskQueue: &taskqueuepb.TaskQueue{Name: "queue"},
		}}
	})
}

func upsert(fields map[string]*commonpb.Payload) *commandpb.Command {
	return command(enumspb.COMMAND_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES, func(c *commandpb.Command) {
		c.Attributes = &commandpb.Command_UpsertWorkflowSearchAttributesCommandAttributes{UpsertWorkflowSearchAttributesCommandAttributes: &commandpb.UpsertWorkflowSearchAttributesCommandAttributes{
			SearchAttributes: &commonpb.SearchAttributes{IndexedFields: fields},
		}}
	})
}

func modifyMemo(fields map[string]*commonpb.Payload) *commandpb.Command {
	return command(enumspb.COMMAND_TYPE_MODIFY_WORKFLOW_PROPERTIES, func(c *commandpb.Command) {
		c.Attributes = &commandpb.Command_ModifyWorkflowPropertiesCommandAttributes{ModifyWorkflowPropertiesCommandAttributes: &commandpb.ModifyWorkflowPropertiesCommandAttributes{
			UpsertedMemo: &commonpb.Memo{Fields: fields},
		}}
	})
}

// list is all that a service lists, in no particular order, once it is not behind.
func list(t testing.TB, s *Service, filter string) []*workflowpb.WorkflowExecutionInfo {
	t.Helper()
	var all []*workflowpb.WorkflowExecutionInfo
	request := &workflowservice.ListWorkflowExecutionsRequest{Query: filter}
	for {
		reply, behind, err := s.ListWorkflowExecutions(within(t), testNamespace, request)
		require.NoError(t, err)
		require.Zero(t, behind)
		all = append(all, reply.Executions...)
		if request.NextPageToken = reply.NextPageToken; len(request.NextPageToken) == 0 {
			return all
		}
	}
}

// one is the only workflow that a filter finds.
func one(t testing.TB, s *Service, filter string) *workflowpb.WorkflowExecutionInfo {
	t.Helper()
	found := list(t, s, filter)
	require.Len(t, found, 1, filter)
	return found[0]
}

// rows are all that an index has, as text, by run id.
func rows(t testing.TB, s *Service) []string {
	t.Helper()
	var all []string
	for _, e := range list(t, s, "") {
		all = append(all, fmt.Sprintf("%s %s", e.Execution.RunId, e))
	}
	slices.Sort(all)
	for i := range all {
		all[i] = strings.ReplaceAll(all[i], "  ", " ") // protobuf's text varies on purpose
	}
	return all
}

// ids are the workflow ids of what a filter finds, sorted.
func ids(t testing.TB, s *Service, filter string) []string {
	t.Helper()
	var all []string
	for _, e := range list(t, s, filter) {
		all = append(all, e.Execution.WorkflowId)
	}
	slices.Sort(all)
	return all
}

// requireFresh compares an index with one that is made from the same streams.
func (p *place) requireFresh(s *Service) {
	p.t.Helper()
	fresh := p.serve(p.t.TempDir())
	want := rows(p.t, fresh)
	require.Equal(p.t, want, rows(p.t, s))
	require.NotEmpty(p.t, want)
	require.NoError(p.t, fresh.Stop(within(p.t)))
}

// cut waits until both logs begin behind where they end now: all that was written is at rest. Meanwhile it lets
// them grow by signals to open workflows, of which each shard has to have one.
func (p *place) cut(open []string) {
	p.t.Helper()
	ends := p.history.Positions(testNamespace)
	require.Eventually(p.t, func() bool {
		for _, id := range open {
			p.must(&workflowservice.SignalWorkflowExecutionRequest{
				WorkflowExecution: execution(id), SignalName: "s", Input: &commonpb.Payloads{Payloads: []*commonpb.Payload{{Data: make([]byte, 4<<10)}}},
			})
		}
		for shard, end := range ends {
			s, err := p.js.Stream(within(p.t), api.Names{}.LogStream(p.settings.Incarnation, shard))
			require.NoError(p.t, err)
			if s.CachedInfo().State.FirstSeq <= end {
				return false
			}
		}
		return true
	}, patience, 50*time.Millisecond, "the logs are not cut")
}

// fixed are settings that do not change.
type fixed struct{ settings *namespace.Settings }

func (f fixed) Current(string) (*namespace.Settings, error) { return f.settings, nil }
