package command

import (
	"testing"

	"github.com/stretchr/testify/require"
	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
)

func newChild(o *Outbox) *Child {
	return NewChild(o, &commandpb.StartChildWorkflowExecutionCommandAttributes{
		WorkflowId: "child", WorkflowType: &commonpb.WorkflowType{Name: "Child"}, Namespace: "ns",
	}, nil)
}

func childInitiatedEvent(id int64, workflowID, name string) *historypb.HistoryEvent {
	return &historypb.HistoryEvent{EventId: id, EventType: enumspb.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED,
		Attributes: &historypb.HistoryEvent_StartChildWorkflowExecutionInitiatedEventAttributes{StartChildWorkflowExecutionInitiatedEventAttributes: &historypb.StartChildWorkflowExecutionInitiatedEventAttributes{
			WorkflowId: workflowID, WorkflowType: &commonpb.WorkflowType{Name: name},
		}}}
}

func cancelInitiatedEvent(id int64, workflowID string, childOnly bool) *historypb.HistoryEvent {
	return &historypb.HistoryEvent{EventId: id, EventType: enumspb.EVENT_TYPE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED,
		Attributes: &historypb.HistoryEvent_RequestCancelExternalWorkflowExecutionInitiatedEventAttributes{RequestCancelExternalWorkflowExecutionInitiatedEventAttributes: &historypb.RequestCancelExternalWorkflowExecutionInitiatedEventAttributes{
			WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: workflowID}, ChildWorkflowOnly: childOnly,
		}}}
}

func TestChildRunsItsCourse(t *testing.T) {
	o := newOutbox()
	c := newChild(o)
	require.Equal(t, int64(5), c.InitiatedEventID)
	require.NoError(t, o.Settle([]*historypb.HistoryEvent{childInitiatedEvent(5, "child", "Child")}))
	require.NoError(t, c.Started())
	require.NoError(t, c.Closed())
	require.True(t, c.Done())
	requireIllegal(t, c.Closed(), "the child workflow initiated by event 5 is closed and cannot be closed")
	c.Cancel()
	require.Empty(t, o.Commands(), "a closed child is not cancelled")
}

func TestChildIsNotStarted(t *testing.T) {
	o := newOutbox()
	c := newChild(o)
	require.NoError(t, o.Settle([]*historypb.HistoryEvent{childInitiatedEvent(5, "child", "Child")}))
	require.NoError(t, c.StartFailed())
	require.True(t, c.Done())
	requireIllegal(t, c.Started(), "is closed and cannot be started")
}

func startedChild(t *testing.T, o *Outbox) *Child {
	t.Helper()
	c := newChild(o)
	require.NoError(t, o.Settle([]*historypb.HistoryEvent{childInitiatedEvent(5, "child", "Child")}))
	require.NoError(t, c.Started())
	o.Begin(8)
	return c
}

func TestChildIsCancelled(t *testing.T) {
	t.Run("only once it has started", func(t *testing.T) {
		o := newOutbox()
		c := newChild(o)
		c.Cancel()
		require.Equal(t, []string{"StartChildWorkflowExecution"}, types(o))
	})
	t.Run("once, and ends before that is known", func(t *testing.T) {
		o := newOutbox()
		c := startedChild(t, o)
		c.Cancel()
		c.Cancel()
		require.Equal(t, []string{"RequestCancelExternalWorkflowExecution"}, types(o))
		a := o.Commands()[0].GetRequestCancelExternalWorkflowExecutionCommandAttributes()
		require.Equal(t, "ns", a.Namespace)
		require.True(t, a.ChildWorkflowOnly)
		require.NoError(t, o.Settle([]*historypb.HistoryEvent{cancelInitiatedEvent(10, "child", true)}))
		require.Equal(t, int64(10), c.CancelEventID)
		require.NoError(t, c.Closed())
		require.False(t, c.Done(), "the answer to the request is still to come")
		require.NoError(t, c.CancelOutcome())
		require.True(t, c.Done())
	})
	t.Run("and ends later", func(t *testing.T) {
		o := newOutbox()
		c := startedChild(t, o)
		c.Cancel()
		require.NoError(t, o.Settle([]*historypb.HistoryEvent{cancelInitiatedEvent(10, "child", true)}))
		require.NoError(t, c.CancelOutcome())
		o.Begin(12)
		c.Cancel()
		require.Empty(t, o.Commands(), "it was asked before")
		require.NoError(t, c.Closed())
		require.True(t, c.Done())
	})
	t.Run("when its end is already there", func(t *testing.T) {
		o := newOutbox()
		c := startedChild(t, o)
		c.Cancel()
		require.NoError(t, c.Closed())
		require.Empty(t, o.Commands(), "the request was not sent and is taken back")
	})
}

func TestChildEventsOutOfOrder(t *testing.T) {
	o := newOutbox()
	c := newChild(o)
	requireIllegal(t, c.Started(), "is created and cannot be started")
	requireIllegal(t, c.Closed(), "is created and cannot be closed")
	requireIllegal(t, c.CancelOutcome(), "is created and cannot be told of its request to cancel")
	requireIllegal(t, c.Recorded(cancelInitiatedEvent(6, "child", true)), "is created and cannot be asked to cancel")
}

func TestExternalCallsAreAnsweredOnce(t *testing.T) {
	o := newOutbox()
	s := NewSignalExternal(o, &commandpb.SignalExternalWorkflowExecutionCommandAttributes{
		Execution: &commonpb.WorkflowExecution{WorkflowId: "other"}, SignalName: "go",
	})
	c := NewCancelExternal(o, &commandpb.RequestCancelExternalWorkflowExecutionCommandAttributes{WorkflowId: "other"})
	require.Equal(t, "5", o.Commands()[0].GetSignalExternalWorkflowExecutionCommandAttributes().GetControl())
	require.Equal(t, "6", o.Commands()[1].GetRequestCancelExternalWorkflowExecutionCommandAttributes().GetControl())
	requireIllegal(t, s.Answered(), "the signal to another workflow initiated by event 5 is created and cannot be answered")
	require.NoError(t, o.Settle([]*historypb.HistoryEvent{signalInitiatedEvent(5, "other", "go"), cancelInitiatedEvent(6, "other", false)}))
	require.NoError(t, s.Answered())
	require.NoError(t, c.Answered())
	requireIllegal(t, c.Answered(), "the request to cancel another workflow initiated by event 6 is answered and cannot be answered")
}

func signalInitiatedEvent(id int64, workflowID, name string) *historypb.HistoryEvent {
	return &historypb.HistoryEvent{EventId: id, EventType: enumspb.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED,
		Attributes: &historypb.HistoryEvent_SignalExternalWorkflowExecutionInitiatedEventAttributes{SignalExternalWorkflowExecutionInitiatedEventAttributes: &historypb.SignalExternalWorkflowExecutionInitiatedEventAttributes{
			WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: workflowID}, SignalName: name,
		}}}
}

func TestCallsThatDisagree(t *testing.T) {
	signal := func(o *Outbox) {
		NewSignalExternal(o, &commandpb.SignalExternalWorkflowExecutionCommandAttributes{Execution: &commonpb.WorkflowExecution{WorkflowId: "other"}, SignalName: "go"})
	}
	cancel := func(o *Outbox) {
		NewCancelExternal(o, &commandpb.RequestCancelExternalWorkflowExecutionCommandAttributes{WorkflowId: "other"})
	}
	cases := map[string]struct {
		issue func(*Outbox)
		event *historypb.HistoryEvent
	}{
		"a child of another type":       {func(o *Outbox) { newChild(o) }, childInitiatedEvent(5, "child", "Other")},
		"a child of another id":         {func(o *Outbox) { newChild(o) }, childInitiatedEvent(5, "other", "Child")},
		"a signal of another name":      {signal, signalInitiatedEvent(5, "other", "stop")},
		"a signal to another workflow":  {signal, signalInitiatedEvent(5, "third", "go")},
		"a request to another workflow": {cancel, cancelInitiatedEvent(5, "third", false)},
		"a request to a child":          {cancel, cancelInitiatedEvent(5, "other", true)},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			o := newOutbox()
			c.issue(o)
			var mismatch *MismatchError
			require.ErrorAs(t, o.Settle([]*historypb.HistoryEvent{c.event}), &mismatch)
		})
	}
}
