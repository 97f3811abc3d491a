package history

import (
	"testing"

	"github.com/stretchr/testify/require"
	commandpb "go.temporal.io/api/command/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"google.golang.org/protobuf/proto"
)

// related is a family of a parent and its child, of another shard, that ends at its first signal.
type related struct {
	*family
	child string
	// ofParent and ofChild are their shards.
	ofParent, ofChild int
}

func newRelated(t *testing.T) related {
	t.Helper()
	f := newFamily(t, 2, 1)
	r := related{f, f.otherShard("parent"), shardOf("parent", 2), 0}
	r.ofChild = shardOf(r.child, 2)
	f.code["parent"] = func(_ string, events []*historypb.HistoryEvent) []*commandpb.Command {
		if count(events, enumspb.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED) == 0 {
			return []*commandpb.Command{childCommand(r.child, "child", enumspb.PARENT_CLOSE_POLICY_TERMINATE)}
		}
		return nil
	}
	f.code["child"] = func(_ string, events []*historypb.HistoryEvent) []*commandpb.Command {
		if count(events, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED) == 0 {
			return nil
		}
		return []*commandpb.Command{completeCommand()}
	}
	f.code["other"] = func(string, []*historypb.HistoryEvent) []*commandpb.Command { return nil }
	return r
}

// begin has the parent begin its child, and both wait.
func (r related) begin() {
	r.t.Helper()
	r.must(startType("parent", "parent"))
	r.until(func() bool {
		return count(r.events("parent", ""), enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED) == 2 && r.knows(r.child) &&
			count(r.events(r.child, ""), enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED) == 1
	})
}

// spoil has the workflow go to rest, and removes its messages from there.
func (r related) spoil(id string) {
	r.t.Helper()
	d := r.loops[shardOf(id, 2)]
	r.until(func() bool { return d.index[id] != nil && d.active[id] == nil })
	open, err := r.js.Stream(within(r.t), r.config.Names.OpenStream(r.settings.Incarnation))
	require.NoError(r.t, err)
	for _, sequence := range d.index[id].sequences {
		require.NoError(r.t, open.DeleteMsg(within(r.t), sequence))
	}
}

// archived tells whether all closed runs of a shard are in HISTORY.
func (r related) archived(shard int) bool { return len(r.loops[shard].rest.closed) == 0 }

// requireLost is that a workflow cannot be read, whatever is asked of it, and that its shard serves others.
func (r related) requireLost(id string) {
	r.t.Helper()
	update := change("up", completed)
	update.WorkflowExecution.WorkflowId = id
	for _, request := range []proto.Message{describe(id, ""), signal(id, "s"), terminate(id), update, start(id)} {
		_, err := r.ask(request)
		require.ErrorAs(r.t, err, new(*serviceerror.DataLoss), "%T", request)
		require.ErrorContains(r.t, err, id)
	}
	other := "other"
	for shardOf(other, 2) != shardOf(id, 2) {
		other += "-"
	}
	if !r.knows(other) {
		r.must(startType(other, "other"))
	}
	r.must(signal(other, "s"))
}

// A child whose parent cannot be read ends all the same, and is in HISTORY; its shard goes on, and so does that of the parent.
func TestChildOfALostParent(t *testing.T) {
	r := newRelated(t)
	r.begin()
	r.spoil("parent")
	r.must(signal(r.child, "end"))
	r.until(func() bool { return closed(r.events(r.child, "")) && r.archived(r.ofChild) })
	r.requireLost("parent")
	for shard, d := range r.loops {
		d.writeIndex() // a log that has all records still has the parent's
		r.lose(shard)
		r.serve(shard)
	}
	r.requireLost("parent")
	require.True(t, closed(r.events(r.child, "")))
}

// A parent whose child cannot be read closes, and is in HISTORY, though its child does not get its policy.
func TestParentOfALostChild(t *testing.T) {
	r := newRelated(t)
	r.begin()
	r.spoil(r.child)
	r.must(terminate("parent"))
	r.until(func() bool { return closed(r.events("parent", "")) && r.archived(r.ofParent) })
	r.requireLost(r.child)
}

// A child is not begun under an id of which HISTORY has what cannot be read: nobody can say whether the id may be used again.
func TestChildUnderALostID(t *testing.T) {
	r := newRelated(t)
	r.must(startType(r.child, "other"))
	r.must(terminate(r.child))
	r.until(func() bool { return r.archived(r.ofChild) && r.loops[r.ofChild].active[r.child] == nil })
	_, err := r.js.Publish(within(t), r.config.Names.History("test", r.child, "run"), []byte("garbage"))
	require.NoError(t, err)
	r.requireLost(r.child)
	r.must(startType("parent", "parent"))
	r.until(func() bool {
		return count(r.events("parent", ""), enumspb.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_FAILED) == 1
	})
	r.until(func() bool {
		return count(r.events("parent", ""), enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED) == 2
	})
}

// What a broken parent is told while it is read again it hears once, and its own calls are made then; a broken child gets its
// parent's policy, once it is read again.
func TestBrokenFamilies(t *testing.T) {
	t.Run("parent", func(t *testing.T) {
		r := newRelated(t)
		r.begin()
		r.loops[r.ofParent].breakRun("parent")
		r.must(signal(r.child, "end"))
		r.until(func() bool {
			return count(r.events("parent", ""), enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_COMPLETED) == 1 && r.archived(r.ofChild)
		})
	})
	t.Run("parent that has just asked for its child", func(t *testing.T) {
		r := newRelated(t)
		r.away = map[int]bool{r.ofChild: true}
		r.lose(r.ofChild)
		r.must(startType("parent", "parent"))
		r.until(func() bool {
			return count(r.events("parent", ""), enumspb.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED) == 1
		})
		r.loops[r.ofParent].breakRun("parent")
		r.away = nil
		r.until(func() bool {
			return count(r.events("parent", ""), enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED) == 1
		})
	})
	t.Run("child", func(t *testing.T) {
		r := newRelated(t)
		r.begin()
		r.loops[r.ofChild].breakRun(r.child)
		r.must(terminate("parent"))
		r.until(func() bool { return closed(r.events(r.child, "")) && r.archived(r.ofParent) })
		last := r.events(r.child, "")
		require.Equal(t, "by parent close policy", last[len(last)-1].GetWorkflowExecutionTerminatedEventAttributes().GetReason())
	})
}
