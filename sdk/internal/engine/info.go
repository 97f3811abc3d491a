package engine

import (
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Info is what a run knows of itself: workflow.Info, which says what its fields are.
type Info struct {
	Namespace            string
	WorkflowID           string
	RunID                string
	FirstRunID           string
	OriginalRunID        string
	ContinuedRunID       string
	WorkflowType         string
	TaskQueue            string
	Attempt              int32
	CronSchedule         string
	ExecutionTimeout     time.Duration
	RunTimeout           time.Duration
	TaskTimeout          time.Duration
	ExecutionDeadline    time.Time
	RunDeadline          time.Time
	StartTime            time.Time
	RetryPolicy          *commonpb.RetryPolicy
	Memo                 *commonpb.Memo
	SearchAttributes     *commonpb.SearchAttributes
	Parent               *commonpb.WorkflowExecution
	Root                 *commonpb.WorkflowExecution
	LastCompletion       *commonpb.Payloads
	LastFailure          *failurepb.Failure
	HistoryLength        int64
	HistorySize          int64
	ContinueAsNewAdvice  bool
	ContinueAsNewReasons []enumspb.SuggestContinueAsNewReason
	Identity             string
}

// start takes what WorkflowExecutionStarted says.
func (i *Info) start(e *historypb.HistoryEvent) {
	a := e.GetWorkflowExecutionStartedEventAttributes()
	i.FirstRunID, i.OriginalRunID, i.ContinuedRunID = a.GetFirstExecutionRunId(), a.GetOriginalExecutionRunId(), a.GetContinuedExecutionRunId()
	i.WorkflowType, i.TaskQueue = a.GetWorkflowType().GetName(), a.GetTaskQueue().GetName()
	i.Attempt, i.CronSchedule = a.GetAttempt(), a.GetCronSchedule()
	i.ExecutionTimeout, i.RunTimeout = a.GetWorkflowExecutionTimeout().AsDuration(), a.GetWorkflowRunTimeout().AsDuration()
	i.TaskTimeout = a.GetWorkflowTaskTimeout().AsDuration()
	i.ExecutionDeadline = timeOf(a.GetWorkflowExecutionExpirationTime())
	i.StartTime = timeOf(e.GetEventTime())
	if i.RunTimeout > 0 {
		i.RunDeadline = i.StartTime.Add(a.GetFirstWorkflowTaskBackoff().AsDuration() + i.RunTimeout)
	}
	i.RetryPolicy, i.Memo, i.SearchAttributes = a.GetRetryPolicy(), a.GetMemo(), a.GetSearchAttributes()
	i.Parent, i.Root = a.GetParentWorkflowExecution(), a.GetRootWorkflowExecution()
	i.LastCompletion, i.LastFailure = a.GetLastCompletionResult(), a.GetContinuedFailure()
}

// advance takes what WorkflowTaskStarted says.
func (i *Info) advance(e *historypb.HistoryEvent) {
	a := e.GetWorkflowTaskStartedEventAttributes()
	i.HistoryLength, i.HistorySize, i.ContinueAsNewAdvice = e.GetEventId(), a.GetHistorySizeBytes(), a.GetSuggestContinueAsNew()
	i.ContinueAsNewReasons = a.GetSuggestContinueAsNewReasons()
}

// timeOf is the zero time for an absent timestamp.
func timeOf(t *timestamppb.Timestamp) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.AsTime()
}
