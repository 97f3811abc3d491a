package interceptor_test

import (
	"context"
	"sync"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/interceptor"
	"github.com/perdure/perdure/sdk/internal/servicetest"
	"github.com/perdure/perdure/sdk/worker"
	"github.com/perdure/perdure/sdk/workflow"
)

func TestMain(m *testing.M) { natstest.VerifyTestMain(m) }

const queue = "greetings"

var (
	greet   = workflow.Declare[string, string]("Greet")
	compose = activity.Declare[string, string]("Compose")
	title   = workflow.DeclareSignal[string]("title")
	status  = workflow.DeclareQuery[string, string]("status")
)

// recorder is an interceptor that notes what passes through it, and adds its name to one header field.
type recorder struct {
	name  string
	notes *notes
}

// notes are taken from several goroutines.
type notes struct {
	mu  sync.Mutex
	all []string
}

func (n *notes) add(note string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.all = append(n.all, note)
}

func (n *notes) take() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	all := n.all
	n.all = nil
	return all
}

const field = "path"

// pass notes a step, with what the header brought, and adds the recorder's name to it.
func (r recorder) pass(step string, header map[string]*commonpb.Payload) {
	path := string(header[field].GetData())
	r.notes.add(r.name + " " + step + " " + path)
	header[field] = &commonpb.Payload{Data: []byte(path + r.name)}
}

func (r recorder) see(step string, header map[string]*commonpb.Payload) {
	r.notes.add(r.name + " " + step + " " + string(header[field].GetData()))
}

type recordingClient struct {
	interceptor.ClientOutboundInterceptorBase
	recorder
}

func (r recorder) InterceptClient(next interceptor.ClientOutboundInterceptor) interceptor.ClientOutboundInterceptor {
	return recordingClient{interceptor.ClientOutboundInterceptorBase{Next: next}, r}
}

func (r recordingClient) ExecuteWorkflow(ctx context.Context, in *interceptor.ClientExecuteWorkflowInput) (*commonpb.WorkflowExecution, error) {
	r.pass("start "+in.WorkflowType, in.Header)
	return r.Next.ExecuteWorkflow(ctx, in)
}

func (r recordingClient) SignalWorkflow(ctx context.Context, in *interceptor.ClientSignalWorkflowInput) error {
	r.pass("signal "+in.SignalName, in.Header)
	return r.Next.SignalWorkflow(ctx, in)
}

func (r recordingClient) QueryWorkflow(ctx context.Context, in *interceptor.ClientQueryWorkflowInput) (*commonpb.Payloads, error) {
	r.pass("query "+in.QueryType, in.Header)
	return r.Next.QueryWorkflow(ctx, in)
}

type recordingWorkflow struct {
	interceptor.WorkflowInboundInterceptorBase
	recorder
}

func (r recorder) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return recordingWorkflow{interceptor.WorkflowInboundInterceptorBase{Next: next}, r}
}

func (r recordingWorkflow) Init(next interceptor.WorkflowOutboundInterceptor) error {
	return r.Next.Init(recordingOutbound{interceptor.WorkflowOutboundInterceptorBase{Next: next}, r.recorder})
}

func (r recordingWorkflow) ExecuteWorkflow(ctx workflow.Context, in *interceptor.ExecuteWorkflowInput) (any, error) {
	r.see("run", in.Header)
	in.Input = in.Input.(string) + r.name
	return r.Next.ExecuteWorkflow(ctx, in)
}

func (r recordingWorkflow) HandleSignal(ctx workflow.Context, in *interceptor.HandleSignalInput) error {
	r.see("signaled "+in.SignalName, in.Header)
	return r.Next.HandleSignal(ctx, in)
}

func (r recordingWorkflow) HandleQuery(ctx workflow.Context, in *interceptor.HandleQueryInput) (any, error) {
	r.see("queried "+in.QueryType, in.Header)
	return r.Next.HandleQuery(ctx, in)
}

type recordingOutbound struct {
	interceptor.WorkflowOutboundInterceptorBase
	recorder
}

func (r recordingOutbound) ExecuteActivity(ctx workflow.Context, in *interceptor.ScheduleActivityInput) workflow.Future[*commonpb.Payloads] {
	r.pass("schedule "+in.ActivityType, in.Header)
	return r.Next.ExecuteActivity(ctx, in)
}

func (r recordingOutbound) NewTimer(ctx workflow.Context, in *interceptor.NewTimerInput) workflow.Future[workflow.None] {
	r.notes.add(r.name + " timer " + in.Duration.String())
	return r.Next.NewTimer(ctx, in)
}

func (r recordingOutbound) UpsertSearchAttributes(ctx workflow.Context, in *interceptor.UpsertSearchAttributesInput) error {
	r.notes.add(r.name + " search attributes")
	return r.Next.UpsertSearchAttributes(ctx, in)
}

func (r recordingOutbound) UpsertMemo(ctx workflow.Context, in *interceptor.UpsertMemoInput) error {
	r.notes.add(r.name + " memo")
	in.Memo["by"] = r.name
	return r.Next.UpsertMemo(ctx, in)
}

func (r recordingOutbound) Go(ctx workflow.Context, name string, fn func(workflow.Context)) {
	r.notes.add(r.name + " go " + name)
	r.Next.Go(ctx, name, fn)
}

func (r recordingOutbound) NewContinueAsNewError(ctx workflow.Context, in *interceptor.ContinueAsNewInput) error {
	r.pass("continue "+in.WorkflowType, in.Header)
	return r.Next.NewContinueAsNewError(ctx, in)
}

type recordingActivity struct {
	interceptor.ActivityInboundInterceptorBase
	recorder
}

func (r recorder) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return recordingActivity{interceptor.ActivityInboundInterceptorBase{Next: next}, r}
}

func (r recordingActivity) Init(next interceptor.ActivityOutboundInterceptor) error {
	return r.Next.Init(recordingAttempt{interceptor.ActivityOutboundInterceptorBase{Next: next}, r.recorder})
}

func (r recordingActivity) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	r.see("execute", in.Header)
	out, err := r.Next.ExecuteActivity(ctx, in)
	if err != nil {
		return nil, err
	}
	return out.(string) + r.name, nil
}

type recordingAttempt struct {
	interceptor.ActivityOutboundInterceptorBase
	recorder
}

func (r recordingAttempt) RecordHeartbeat(ctx context.Context, details ...any) {
	r.notes.add(r.name + " heartbeat")
	r.Next.RecordHeartbeat(ctx, details...)
}

// connect makes a service, a client and a worker with interceptors.
func connect(t *testing.T, o client.Options, w worker.Options, impls ...worker.Implementation) *client.Client {
	t.Helper()
	o.URL = natstest.Start(t).ClientURL()
	conn, err := nats.Connect(o.URL)
	require.NoError(t, err)
	service, err := servicetest.Start(conn)
	require.NoError(t, err)
	t.Cleanup(func() {
		service.Stop()
		conn.Close()
	})
	c, err := client.Connect(o)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	running, err := worker.New(c, queue, w)
	require.NoError(t, err)
	running.Register(impls...)
	require.NoError(t, running.Start())
	t.Cleanup(func() { require.NoError(t, running.Stop()) })
	return c
}
