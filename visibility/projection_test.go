package visibility

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/durationpb"
)

func TestWhatARowTells(t *testing.T) {
	p := newPlace(t)
	s := p.serve(t.TempDir())
	run := p.start("a", func(r *workflowservice.StartWorkflowExecutionRequest) {
		r.Memo = &commonpb.Memo{Fields: map[string]*commonpb.Payload{"note": payload(`"x"`)}}
		r.SearchAttributes = &commonpb.SearchAttributes{IndexedFields: map[string]*commonpb.Payload{"BatcherUser": payload(`"me"`)}}
		r.WorkflowStartDelay = durationpb.New(time.Hour)
	})
	e := one(t, s, "WorkflowId = 'a'")
	require.Equal(t, run, e.Execution.RunId)
	require.Equal(t, "Type", e.Type.Name)
	require.Equal(t, "queue", e.TaskQueue)
	require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, e.Status)
	require.Nil(t, e.CloseTime)
	require.Equal(t, time.Hour, e.ExecutionTime.AsTime().Sub(e.StartTime.AsTime()))
	require.Equal(t, `"x"`, string(e.Memo.Fields["note"].Data))
	require.Equal(t, `"me"`, string(e.SearchAttributes.IndexedFields["BatcherUser"].Data))
	require.Equal(t, "a", e.RootExecution.WorkflowId)
	require.Len(t, list(t, s, "BatcherUser = 'me'"), 1)

	p.terminate("a")
	e = one(t, s, "WorkflowId = 'a'")
	description := p.must(&workflowservice.DescribeWorkflowExecutionRequest{Execution: execution("a")}).(*workflowservice.DescribeWorkflowExecutionResponse).WorkflowExecutionInfo
	require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED, e.Status)
	require.Equal(t, description.HistoryLength, e.HistoryLength)
	require.Equal(t, description.HistorySizeBytes, e.HistorySizeBytes)
	require.Equal(t, description.StateTransitionCount, e.StateTransitionCount)
	require.True(t, description.CloseTime.AsTime().Equal(e.CloseTime.AsTime()))
	require.True(t, description.StartTime.AsTime().Equal(e.StartTime.AsTime()))
	p.requireFresh(s)
}

func TestEachEndOfARun(t *testing.T) {
	p := newPlace(t)
	s := p.serve(t.TempDir())
	for _, end := range []struct {
		status  enumspb.WorkflowExecutionStatus
		command *commandpb.Command
	}{
		{enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, completeWorkflow()},
		{enumspb.WORKFLOW_EXECUTION_STATUS_FAILED, failWorkflow()},
		{enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED, cancelWorkflow()},
		{enumspb.WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW, continueAsNew()},
	} {
		id := end.status.String()
		run := p.start(id)
		p.complete(id, end.command)
		e := one(t, s, fmt.Sprintf("WorkflowId = '%s' AND ExecutionStatus != 'Running'", id))
		require.Equal(t, end.status, e.Status)
		require.Equal(t, run, e.Execution.RunId)
		require.Positive(t, e.HistorySizeBytes)
		require.Positive(t, e.StateTransitionCount)
		require.EqualValues(t, 5, e.HistoryLength)
	}
	next := one(t, s, "WorkflowId = 'ContinuedAsNew' AND ExecutionStatus = 'Running'")
	require.Equal(t, "Next", next.Type.Name)
	require.NotEqual(t, next.FirstRunId, next.Execution.RunId)

	p.start("timed out", func(r *workflowservice.StartWorkflowExecutionRequest) {
		r.WorkflowRunTimeout = durationpb.New(time.Second)
	})
	require.Eventually(t, func() bool { return len(list(t, s, "ExecutionStatus = 'TimedOut'")) == 1 }, patience, 50*time.Millisecond)
	p.requireFresh(s)
}

func TestUpserts(t *testing.T) {
	p := newPlace(t)
	s := p.serve(t.TempDir())
	p.start("a", func(r *workflowservice.StartWorkflowExecutionRequest) {
		r.Memo = &commonpb.Memo{Fields: map[string]*commonpb.Payload{"kept": payload("1"), "gone": payload("2")}}
	})
	require.Len(t, list(t, s, ""), 1)
	p.complete("a",
		upsert(map[string]*commonpb.Payload{"BatcherUser": payload(`"me"`), "BatcherNamespace": payload(`"here"`)}),
		modifyMemo(map[string]*commonpb.Payload{"gone": {}, "new": payload("3")}),
	)
	e := one(t, s, "BatcherUser = 'me'")
	require.Len(t, e.Memo.Fields, 2)
	require.Contains(t, e.Memo.Fields, "new")
	p.signal("a")
	p.complete("a", upsert(map[string]*commonpb.Payload{"BatcherUser": payload("[]")}), completeWorkflow())
	require.Empty(t, list(t, s, "BatcherUser = 'me'"))
	e = one(t, s, "BatcherNamespace = 'here' AND BatcherUser IS NULL")
	require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, e.Status)
	p.requireFresh(s)
}

func TestADeletedRunIsNotListed(t *testing.T) {
	p := newPlace(t)
	s := p.serve(t.TempDir())
	for _, id := range []string{"open", "closed", "kept"} {
		p.start(id)
	}
	p.terminate("closed")
	require.Len(t, list(t, s, ""), 3)
	for _, id := range []string{"open", "closed"} {
		p.must(&workflowservice.DeleteWorkflowExecutionRequest{WorkflowExecution: execution(id)})
	}
	require.Equal(t, []string{"kept"}, ids(t, s, ""))
	p.requireFresh(s)
}

// A listing that follows a reply, asked by whoever, has what the reply acknowledged.
func TestAListingKnowsWhatWasAnswered(t *testing.T) {
	p := newPlace(t)
	s := p.serve(t.TempDir(), func(c *Config) { c.Every = time.Hour })
	others, ended := make(chan struct{}), make(chan struct{})
	go func() { // load, a few starts for each of ours, at the same time
		defer close(ended)
		for i := 0; ; i++ {
			if _, more := <-others; !more {
				return
			}
			for n := range 5 {
				_, _ = p.call(startRequest(fmt.Sprintf("load-%d-%d", i, n)))
			}
		}
	}()
	for i := range 1000 {
		id := fmt.Sprintf("mine-%d", i)
		select {
		case others <- struct{}{}:
		default: // they are still at it
		}
		p.start(id)
		require.Len(t, list(t, s, fmt.Sprintf("WorkflowId = '%s'", id)), 1)
	}
	close(others)
	<-ended
}

func TestRebuild(t *testing.T) {
	p := newPlace(t, restless)
	folder := t.TempDir()
	s := p.serve(folder)
	for i := range 40 {
		p.start(fmt.Sprintf("w-%d", i))
	}
	for i := range 10 {
		p.terminate(fmt.Sprintf("w-%d", i))
	}
	for i := 10; i < 20; i++ {
		p.complete(fmt.Sprintf("w-%d", i), upsert(map[string]*commonpb.Payload{"BatcherUser": payload(`"me"`)}))
	}
	require.Len(t, list(t, s, ""), 40)
	fill := []string{"w-30", "w-31", "w-32", "w-33", "w-34", "w-35"}
	p.cut(fill)
	p.requireFresh(s) // from OPEN and HISTORY

	// Away while the log is cut.
	require.NoError(t, s.Stop(within(t)))
	for i := 10; i < 15; i++ {
		p.terminate(fmt.Sprintf("w-%d", i))
	}
	p.signal("w-15")
	p.complete("w-15", upsert(map[string]*commonpb.Payload{"BatcherUser": payload(`"you"`)}))
	p.start("new")
	p.cut(fill)
	s = p.serve(folder)
	require.Len(t, list(t, s, ""), 41)
	require.Equal(t, []string{"w-15"}, ids(t, s, "BatcherUser = 'you'"))
	require.Len(t, list(t, s, "ExecutionStatus = 'Terminated'"), 15)
	p.requireFresh(s)

	// Its file is removed while it is open, and again while it is not.
	require.NoError(t, s.Stop(within(t)))
	s = p.serve(folder, func(c *Config) { c.Look = 10 * time.Millisecond })
	require.Len(t, list(t, s, ""), 41)
	require.NoError(t, os.Remove(file(folder)))
	require.Eventually(t, func() bool {
		_, err := os.Stat(file(folder))
		return err == nil
	}, patience, 10*time.Millisecond)
	require.Len(t, list(t, s, ""), 41)
	require.NoError(t, s.Stop(within(t)))
	require.NoError(t, os.WriteFile(file(folder), []byte("no index, and longer than its first line should be"), 0o600))
	s = p.serve(folder)
	require.Len(t, list(t, s, ""), 41)
	p.requireFresh(s)
}

func TestRetention(t *testing.T) {
	p := newPlace(t)
	settings := *p.settings
	settings.Retention = time.Nanosecond
	p.start("closed")
	p.terminate("closed")
	p.start("open")
	s := p.serve(t.TempDir(), func(c *Config) {
		c.Namespaces = fixed{&settings}
		c.Look = 10 * time.Millisecond
	})
	require.Eventually(t, func() bool { return len(ids(t, s, "")) == 1 }, patience, 10*time.Millisecond)
	require.Equal(t, []string{"open"}, ids(t, s, ""))
}
