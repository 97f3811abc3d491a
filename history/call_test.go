package history

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commandpb "go.temporal.io/api/command/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api/callpb"
)

// TestCallsSurviveLostShards runs families of workflows on several shards, and on one, each of which is lost at any
// point and served again some time later. However often: each child has begun once, each parent has heard of its
// end once, each signal has come once, and the child of a parent that has closed was terminated.
func TestCallsSurviveLostShards(t *testing.T) {
	for _, shards := range []int{1, 3} {
		for seed := range uint64(3) {
			t.Run(fmt.Sprintf("shards=%d/seed=%d", shards, seed), func(t *testing.T) { surviveLostShards(t, shards, seed) })
		}
	}
}

func surviveLostShards(t *testing.T, shards int, seed uint64) {
	t.Helper()
	f := newFamily(t, shards, seed)
	f.losses = 30
	const families, children = 4, 3
	f.code["target"] = func(string, []*historypb.HistoryEvent) []*commandpb.Command { return nil }
	f.code["quick"] = func(string, []*historypb.HistoryEvent) []*commandpb.Command {
		return []*commandpb.Command{completeCommand()}
	}
	f.code["endless"] = f.code["target"]
	f.code["parent"] = func(id string, events []*historypb.HistoryEvent) []*commandpb.Command {
		switch {
		case count(events, enumspb.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED) == 0:
			commands := []*commandpb.Command{childCommand(id+"-endless", "endless", enumspb.PARENT_CLOSE_POLICY_TERMINATE), signalCommand("target", id)}
			for n := range children {
				commands = append(commands, childCommand(fmt.Sprintf("%s-%d", id, n), "quick", enumspb.PARENT_CLOSE_POLICY_TERMINATE))
			}
			return commands
		case count(events, enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED) == children+1 &&
			count(events, enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_COMPLETED) == children && count(events, enumspb.EVENT_TYPE_EXTERNAL_WORKFLOW_EXECUTION_SIGNALED) == 1:
			return []*commandpb.Command{completeCommand()}
		}
		return nil
	}
	f.must(startType("target", "target"))
	var parents, all []string
	for n := range families {
		id := fmt.Sprintf("parent-%d", n)
		f.must(startType(id, "parent"))
		parents, all = append(parents, id), append(all, id, id+"-endless")
	}
	f.until(func() bool {
		return !slices.ContainsFunc(all, func(id string) bool { return !f.knows(id) || !closed(f.events(id, "")) })
	})
	if f.lost == 0 {
		f.lose(0)
	}
	t.Logf("%d shards were lost", f.lost)

	require.ElementsMatch(t, parents, signalNames(f.events("target", "")))
	for _, id := range parents {
		events := f.events(id, "")
		require.Equal(t, children+1, count(events, enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED))
		require.Equal(t, children, count(events, enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_COMPLETED))
		for _, event := range events {
			if a := event.GetChildWorkflowExecutionStartedEventAttributes(); a != nil {
				begun := f.events(a.WorkflowExecution.WorkflowId, "")[0].GetWorkflowExecutionStartedEventAttributes()
				require.Equal(t, a.WorkflowExecution.RunId, begun.OriginalExecutionRunId, "it has begun again")
			}
		}
		last := f.events(id+"-endless", "")
		require.Equal(t, "by parent close policy", last[len(last)-1].GetWorkflowExecutionTerminatedEventAttributes().GetReason())
	}
}

// until lets the worker work and the shards go on until something is so.
func (f *family) until(done func() bool) {
	f.t.Helper()
	for late := time.Now().Add(patience); !done(); {
		require.True(f.t, time.Now().Before(late), "it does not come")
		if !f.work() {
			f.step(f.queues.any)
		}
	}
}

// knows tells whether there is a workflow of an id.
func (f *family) knows(id string) bool {
	f.t.Helper()
	_, err := f.ask(&workflowservice.DescribeWorkflowExecutionRequest{Execution: execution(id, "")})
	return err == nil
}

func signalNames(events []*historypb.HistoryEvent) (names []string) {
	for _, event := range events {
		if a := event.GetWorkflowExecutionSignaledEventAttributes(); a != nil {
			names = append(names, a.SignalName)
		}
	}
	return names
}

// A start that comes again when its child has ended, and is known from HISTORY alone, begins no other.
func TestChildIsNotBegunAgain(t *testing.T) {
	f := newFamily(t, 1, 1)
	f.code["type"] = func(string, []*historypb.HistoryEvent) []*commandpb.Command {
		return []*commandpb.Command{completeCommand()}
	}
	begin := &callpb.StartChildRequest{
		Execution: execution("child", ""), Parent: &callpb.Caller{Execution: execution("parent", "r"), InitiatedEventId: 5}, Root: execution("parent", "r"),
		Attributes: &historypb.StartChildWorkflowExecutionInitiatedEventAttributes{
			WorkflowId: "child", WorkflowType: start("child").WorkflowType, TaskQueue: start("child").TaskQueue,
			WorkflowIdReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		},
	}
	begun := f.must(begin).(*workflowservice.StartWorkflowExecutionResponse)
	f.until(func() bool { return f.loops[0].active["child"] == nil && closed(f.events("child", "")) })
	again := f.must(begin).(*workflowservice.StartWorkflowExecutionResponse)
	require.Equal(t, begun.RunId, again.RunId)
	require.True(t, closed(f.events("child", "")))
}

// otherShard is a workflow id of another shard than that of the first.
func (f *family) otherShard(id string) string {
	for n := 0; ; n++ {
		if other := fmt.Sprintf("%s-%d", id, n); shardOf(other, len(f.loops)) != shardOf(id, len(f.loops)) {
			return other
		}
	}
}

// A parent that has closed is not in HISTORY before its child has got its policy, however long the child's shard is not
// served, and whoever serves the parent's.
func TestClosedParentWaitsForItsChildsShard(t *testing.T) {
	f := newFamily(t, 2, 1)
	child := f.otherShard("parent")
	of, with := shardOf(child, 2), shardOf("parent", 2)
	f.code["parent"] = func(_ string, events []*historypb.HistoryEvent) []*commandpb.Command {
		if count(events, enumspb.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED) == 0 {
			return []*commandpb.Command{childCommand(child, "child", enumspb.PARENT_CLOSE_POLICY_TERMINATE)}
		}
		return nil
	}
	f.code["child"] = func(string, []*historypb.HistoryEvent) []*commandpb.Command { return nil }
	f.must(startType("parent", "parent"))
	f.until(func() bool {
		return count(f.events("parent", ""), enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED) == 1
	})
	f.away = map[int]bool{of: true}
	f.lose(of)
	f.must(terminate("parent"))
	f.lose(with)
	f.serve(with)
	d := f.loops[with]
	for range 20 {
		d.restTick()
		f.events("parent", "")
		require.NotEmpty(t, d.rest.closed, "its child has not got its policy")
	}
	f.away = nil
	f.serve(of)
	f.until(func() bool { return len(d.rest.closed) == 0 && closed(f.events(child, "")) })
	last := f.events(child, "")
	require.Equal(t, "by parent close policy", last[len(last)-1].GetWorkflowExecutionTerminatedEventAttributes().GetReason())
}

// A parent hears of the end of a child that is deleted while it runs, also by the next owner of its shard.
func TestDeletedChildTellsItsParent(t *testing.T) {
	f := newFamily(t, 2, 1)
	child := f.otherShard("parent")
	f.code["parent"] = func(_ string, events []*historypb.HistoryEvent) []*commandpb.Command {
		if count(events, enumspb.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED) == 0 {
			return []*commandpb.Command{childCommand(child, "child", enumspb.PARENT_CLOSE_POLICY_TERMINATE)}
		}
		return nil
	}
	f.code["child"] = func(string, []*historypb.HistoryEvent) []*commandpb.Command { return nil }
	f.must(startType("parent", "parent"))
	f.until(func() bool {
		return count(f.events("parent", ""), enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED) == 1
	})
	with := shardOf("parent", 2)
	f.away = map[int]bool{with: true}
	f.lose(with)
	f.must(&workflowservice.DeleteWorkflowExecutionRequest{WorkflowExecution: execution(child, "")})
	f.lose(shardOf(child, 2))
	f.serve(shardOf(child, 2))
	f.away = nil
	f.until(func() bool {
		return count(f.events("parent", ""), enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_TERMINATED) == 1
	})
}

// A parent whose run cannot be decided about does not keep its children's runs from HISTORY, nor their shard's log; and
// a child's shard that fails for good fails its start, which the parent sees.
func TestCallsThatFailForGood(t *testing.T) {
	f := newFamily(t, 2, 1)
	fault := serviceerror.NewInternal("a fault")
	child := f.otherShard("parent")
	f.refusal = func(request proto.Message) error {
		switch q := request.(type) {
		case *callpb.ChildClosedRequest:
			return fault
		case *callpb.StartChildRequest:
			if q.Attributes.WorkflowType.Name == "refused" {
				return fault
			}
		}
		return nil
	}
	f.code["parent"] = func(_ string, events []*historypb.HistoryEvent) []*commandpb.Command {
		if count(events, enumspb.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED) == 0 {
			return []*commandpb.Command{childCommand(child, "child", enumspb.PARENT_CLOSE_POLICY_TERMINATE), childCommand("refused", "refused", enumspb.PARENT_CLOSE_POLICY_TERMINATE)}
		}
		return nil
	}
	f.code["child"] = func(string, []*historypb.HistoryEvent) []*commandpb.Command {
		return []*commandpb.Command{completeCommand()}
	}
	f.must(startType("parent", "parent"))
	with := f.loops[shardOf(child, 2)]
	f.until(func() bool {
		return f.knows(child) && closed(f.events(child, "")) && len(with.rest.closed) == 0 && with.active[child] == nil
	})
	var failed *historypb.StartChildWorkflowExecutionFailedEventAttributes
	f.until(func() bool {
		for _, event := range f.events("parent", "") {
			if a := event.GetStartChildWorkflowExecutionFailedEventAttributes(); a != nil {
				failed = a
			}
		}
		return failed != nil
	})
	require.Equal(t, "refused", failed.WorkflowId)
	require.Equal(t, enumspb.START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_UNSPECIFIED, failed.Cause)
}
