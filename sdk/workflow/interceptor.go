package workflow

import (
	"time"

	"github.com/rs/zerolog"
	commonpb "go.temporal.io/api/common/v1"
)

// Interceptor wraps what happens in the runs of a worker: set it with worker.Options or client.Options. Its code is
// the workflow's: it is run again on replay, and has to be as deterministic. What is to happen once only looks at
// [IsReplaying] first.
type Interceptor interface {
	// InterceptWorkflow is called once for each run that is brought into memory, before its code begins. It returns
	// what stands before next, the run or the next interceptor's.
	InterceptWorkflow(ctx Context, next InboundInterceptor) InboundInterceptor
}

// InboundInterceptor stands before a run's code. Embed [InboundInterceptorBase] and override what is to be changed.
type InboundInterceptor interface {
	// Init is called once, before all else. It hands next.Init what stands before outbound, so that the interceptor
	// sees what the code does, too. An error fails the workflow task.
	Init(outbound OutboundInterceptor) error
	// ExecuteWorkflow runs the code. It does not return when the run leaves memory before its end: only
	// deferred functions are run then.
	ExecuteWorkflow(ctx Context, in *ExecuteWorkflowInput) (any, error)
	// HandleSignal takes a signal into the channel that the code receives it from: when it arrives, or, of one that came before, when
	// the code asks for the channel. It must not block. The signal of an error is dropped, and that is logged.
	HandleSignal(ctx Context, in *HandleSignalInput) error
	// HandleQuery answers a query that the code handles. It must neither block nor issue commands.
	HandleQuery(ctx Context, in *HandleQueryInput) (any, error)
	// ValidateUpdate says whether an update is accepted: an error rejects it, and it leaves no trace. It must neither block nor
	// issue commands, and is not called on replay.
	ValidateUpdate(ctx Context, in *UpdateInput) error
	// ExecuteUpdate carries out an accepted update, in a coroutine of its own.
	ExecuteUpdate(ctx Context, in *UpdateInput) (any, error)

	mustEmbedInboundInterceptorBase()
}

// OutboundInterceptor stands behind a run's code: what that asks of package workflow passes through. Embed
// [OutboundInterceptorBase] and override what is to be changed.
type OutboundInterceptor interface {
	// Go starts a coroutine.
	Go(ctx Context, name string, fn func(ctx Context))
	// ExecuteActivity schedules an activity with the options of ctx. The future has its encoded output.
	ExecuteActivity(ctx Context, in *ExecuteActivityInput) Future[*commonpb.Payloads]
	// ExecuteLocalActivity runs an activity in this worker with the local options of ctx. The future has its encoded output.
	ExecuteLocalActivity(ctx Context, in *ExecuteActivityInput) Future[*commonpb.Payloads]
	// ExecuteChildWorkflow starts a child workflow with the options of ctx. The future has its encoded output.
	ExecuteChildWorkflow(ctx Context, in *ExecuteChildWorkflowInput) ChildWorkflowFuture[*commonpb.Payloads]
	// SignalChildWorkflow signals a child workflow that has started.
	SignalChildWorkflow(ctx Context, in *SignalChildWorkflowInput) Future[None]
	// SignalExternalWorkflow signals another workflow.
	SignalExternalWorkflow(ctx Context, in *SignalExternalWorkflowInput) Future[None]
	// RequestCancelExternalWorkflow asks another workflow to cancel. Children are cancelled with their context.
	RequestCancelExternalWorkflow(ctx Context, in *RequestCancelExternalWorkflowInput) Future[None]
	// NewTimer starts a timer of a duration above zero: those of Sleep and of waits with a limit, too.
	NewTimer(ctx Context, in *NewTimerInput) Future[None]
	// UpsertSearchAttributes sets and removes search attributes of the run.
	UpsertSearchAttributes(ctx Context, in *UpsertSearchAttributesInput) error
	// UpsertMemo sets and removes fields of the run's memo.
	UpsertMemo(ctx Context, in *UpsertMemoInput) error
	// NewContinueAsNewError makes the error that ends the run and starts the next.
	NewContinueAsNewError(ctx Context, in *ContinueAsNewInput) error
	// GetLogger is the run's logger.
	GetLogger(ctx Context) zerolog.Logger

	mustEmbedOutboundInterceptorBase()
}

// ExecuteWorkflowInput is a run's start.
type ExecuteWorkflowInput struct {
	// Input is the value that the code gets: of the declared type.
	Input any
	// Header came with the start.
	Header map[string]*commonpb.Payload
}

// HandleSignalInput is a signal.
type HandleSignalInput struct {
	SignalName string
	// Input is encoded: of what type it is the code says when it receives it.
	Input *commonpb.Payloads
	// Header came with the signal.
	Header map[string]*commonpb.Payload
}

// HandleQueryInput is a query.
type HandleQueryInput struct {
	QueryType string
	// Input is of the declared type.
	Input any
	// Header came with the query.
	Header map[string]*commonpb.Payload
}

// UpdateInput is an update.
type UpdateInput struct {
	Name string
	// Input is of the declared type.
	Input any
	// Header came with the update.
	Header map[string]*commonpb.Payload
}

// ExecuteActivityInput is an activity that the code schedules, or has this worker run.
type ExecuteActivityInput struct {
	ActivityType string
	Input        any
	// Header travels with the activity, to each of its attempts. It is not compared on replay.
	Header map[string]*commonpb.Payload
}

// ExecuteChildWorkflowInput is a child workflow that the code starts.
type ExecuteChildWorkflowInput struct {
	WorkflowType string
	Input        any
	// Header goes with the child's start. It is not compared on replay.
	Header map[string]*commonpb.Payload
}

// SignalChildWorkflowInput is a signal to a child workflow.
type SignalChildWorkflowInput struct {
	WorkflowID string
	SignalName string
	Input      any
	// Header goes with the signal.
	Header map[string]*commonpb.Payload
}

// SignalExternalWorkflowInput is a signal to another workflow.
type SignalExternalWorkflowInput struct {
	WorkflowID string
	// RunID is empty for the latest run.
	RunID      string
	SignalName string
	Input      any
	// Header goes with the signal.
	Header map[string]*commonpb.Payload
}

// RequestCancelExternalWorkflowInput is a request to cancel another workflow.
type RequestCancelExternalWorkflowInput struct {
	WorkflowID string
	// RunID is empty for the latest run.
	RunID string
}

// NewTimerInput is a timer that the code starts.
type NewTimerInput struct {
	Duration time.Duration
	Summary  string
}

// UpsertSearchAttributesInput are search attributes that the code sets or, by nil, removes.
type UpsertSearchAttributesInput struct{ SearchAttributes map[string]any }

// UpsertMemoInput are fields of the memo that the code sets or, by nil, removes.
type UpsertMemoInput struct{ Memo map[string]any }

// ContinueAsNewInput is the next run.
type ContinueAsNewInput struct {
	WorkflowType string
	Input        any
	Options      ContinueAsNewOptions
	// Header goes with the next run's start.
	Header map[string]*commonpb.Payload
}

// InboundInterceptorBase passes everything on to Next. For embedding.
type InboundInterceptorBase struct{ Next InboundInterceptor }

var _ InboundInterceptor = InboundInterceptorBase{}

// Init implements InboundInterceptor.
func (b InboundInterceptorBase) Init(outbound OutboundInterceptor) error {
	return b.Next.Init(outbound)
}

// ExecuteWorkflow implements InboundInterceptor.
func (b InboundInterceptorBase) ExecuteWorkflow(ctx Context, in *ExecuteWorkflowInput) (any, error) {
	return b.Next.ExecuteWorkflow(ctx, in)
}

// HandleSignal implements InboundInterceptor.
func (b InboundInterceptorBase) HandleSignal(ctx Context, in *HandleSignalInput) error {
	return b.Next.HandleSignal(ctx, in)
}

// HandleQuery implements InboundInterceptor.
func (b InboundInterceptorBase) HandleQuery(ctx Context, in *HandleQueryInput) (any, error) {
	return b.Next.HandleQuery(ctx, in)
}

// ValidateUpdate implements InboundInterceptor.
func (b InboundInterceptorBase) ValidateUpdate(ctx Context, in *UpdateInput) error {
	return b.Next.ValidateUpdate(ctx, in)
}

// ExecuteUpdate implements InboundInterceptor.
func (b InboundInterceptorBase) ExecuteUpdate(ctx Context, in *UpdateInput) (any, error) {
	return b.Next.ExecuteUpdate(ctx, in)
}

func (InboundInterceptorBase) mustEmbedInboundInterceptorBase() {}

// OutboundInterceptorBase passes everything on to Next. For embedding.
type OutboundInterceptorBase struct{ Next OutboundInterceptor }

var _ OutboundInterceptor = OutboundInterceptorBase{}

// Go implements OutboundInterceptor.
func (b OutboundInterceptorBase) Go(ctx Context, name string, fn func(ctx Context)) {
	b.Next.Go(ctx, name, fn)
}

// ExecuteActivity implements OutboundInterceptor.
func (b OutboundInterceptorBase) ExecuteActivity(ctx Context, in *ExecuteActivityInput) Future[*commonpb.Payloads] {
	return b.Next.ExecuteActivity(ctx, in)
}

// ExecuteLocalActivity implements OutboundInterceptor.
func (b OutboundInterceptorBase) ExecuteLocalActivity(ctx Context, in *ExecuteActivityInput) Future[*commonpb.Payloads] {
	return b.Next.ExecuteLocalActivity(ctx, in)
}

// ExecuteChildWorkflow implements OutboundInterceptor.
func (b OutboundInterceptorBase) ExecuteChildWorkflow(ctx Context, in *ExecuteChildWorkflowInput) ChildWorkflowFuture[*commonpb.Payloads] {
	return b.Next.ExecuteChildWorkflow(ctx, in)
}

// SignalChildWorkflow implements OutboundInterceptor.
func (b OutboundInterceptorBase) SignalChildWorkflow(ctx Context, in *SignalChildWorkflowInput) Future[None] {
	return b.Next.SignalChildWorkflow(ctx, in)
}

// SignalExternalWorkflow implements OutboundInterceptor.
func (b OutboundInterceptorBase) SignalExternalWorkflow(ctx Context, in *SignalExternalWorkflowInput) Future[None] {
	return b.Next.SignalExternalWorkflow(ctx, in)
}

// RequestCancelExternalWorkflow implements OutboundInterceptor.
func (b OutboundInterceptorBase) RequestCancelExternalWorkflow(ctx Context, in *RequestCancelExternalWorkflowInput) Future[None] {
	return b.Next.RequestCancelExternalWorkflow(ctx, in)
}

// NewTimer implements OutboundInterceptor.
func (b OutboundInterceptorBase) NewTimer(ctx Context, in *NewTimerInput) Future[None] {
	return b.Next.NewTimer(ctx, in)
}

// UpsertSearchAttributes implements OutboundInterceptor.
func (b OutboundInterceptorBase) UpsertSearchAttributes(ctx Context, in *UpsertSearchAttributesInput) error {
	return b.Next.UpsertSearchAttributes(ctx, in)
}

// UpsertMemo implements OutboundInterceptor.
func (b OutboundInterceptorBase) UpsertMemo(ctx Context, in *UpsertMemoInput) error {
	return b.Next.UpsertMemo(ctx, in)
}

// NewContinueAsNewError implements OutboundInterceptor.
func (b OutboundInterceptorBase) NewContinueAsNewError(ctx Context, in *ContinueAsNewInput) error {
	return b.Next.NewContinueAsNewError(ctx, in)
}

// GetLogger implements OutboundInterceptor.
func (b OutboundInterceptorBase) GetLogger(ctx Context) zerolog.Logger { return b.Next.GetLogger(ctx) }

func (OutboundInterceptorBase) mustEmbedOutboundInterceptorBase() {}
