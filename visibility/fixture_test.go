package visibility

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/workerpb"
	"github.com/perdure/perdure/history"
	"github.com/perdure/perdure/history/namespace"
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
