package history

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/history/stream"
)

func execution(id, runID string) *commonpb.WorkflowExecution {
	return &commonpb.WorkflowExecution{WorkflowId: id, RunId: runID}
}

func deleteRun(id, runID string) proto.Message {
	return &workflowservice.DeleteWorkflowExecutionRequest{WorkflowExecution: execution(id, runID)}
}

func describe(id, runID string) proto.Message {
	return &workflowservice.DescribeWorkflowExecutionRequest{Execution: execution(id, runID)}
}

func terminate(id string) proto.Message {
	return &workflowservice.TerminateWorkflowExecutionRequest{WorkflowExecution: execution(id, "")}
}

// run starts a run and returns its id.
func (d *driven) run(id string) string {
	d.t.Helper()
	return d.must(start(id))[0].(*workflowservice.StartWorkflowExecutionResponse).RunId
}

// latest is the run that a description of the workflow is of.
func (d *driven) latest(id string) string {
	d.t.Helper()
	return d.must(describe(id, ""))[0].(*workflowservice.DescribeWorkflowExecutionResponse).WorkflowExecutionInfo.Execution.RunId
}

// requireNone is that the requests find nothing.
func (d *driven) requireNone(requests ...proto.Message) {
	d.t.Helper()
	for _, r := range d.decide(requests...) {
		_, err := d.outcome(r)
		var none *serviceerror.NotFound
		require.ErrorAs(d.t, err, &none, "%v", r.call.Request)
	}
}

// archive has all closed runs written to HISTORY.
func (d *driven) archive() {
	d.t.Helper()
	d.quiet()
	d.writeClosed()
	d.until(func() bool { return len(d.rest.closed) == 0 })
}

// forgetAll forgets the entries, which have nothing that is not at rest.
func (d *driven) forgetAll() {
	d.t.Helper()
	for _, e := range d.active {
		require.True(d.t, e.idle())
		d.leave(e)
	}
}

// removed waits until every deletion is done.
func (d *driven) removed() {
	d.t.Helper()
	d.until(func() bool { return len(d.rest.deletions) == 0 })
}

// What is deleted is gone for whoever asks, at once, and from HISTORY soon after: wherever the run was.
func TestDelete(t *testing.T) {
	for name, prepare := range map[string]func(d *driven){
		"open":                      func(*driven) {},
		"closed":                    func(d *driven) { d.must(terminate("w")) },
		"archived":                  func(d *driven) { d.must(terminate("w")); d.archive() },
		"at rest":                   func(d *driven) { d.must(terminate("w")); d.archive(); d.forgetAll() },
		"open, was written to rest": func(d *driven) { d.write("w") },
	} {
		for _, named := range []bool{false, true} {
			t.Run(map[bool]string{false: name + "/latest", true: name + "/by its id"}[named], func(t *testing.T) {
				p := busyPlace(t, func(*Config) {})
				d := p.drive(t)
				runID := d.run("w")
				prepare(d)
				asked := ""
				if named {
					asked = runID
				}
				d.must(deleteRun("w", asked))
				d.requireNone(describe("w", runID), describe("w", ""), signal("w", "late"),
					&workflowservice.GetWorkflowExecutionHistoryRequest{Execution: execution("w", runID)})
				d.removed()
				d.requireNone(describe("w", runID), describe("w", ""), deleteRun("w", runID))
				found, err := d.store.HasClosed(within(t), "w", runID)
				require.NoError(t, err)
				require.False(t, found)

				again := start("w")
				again.WorkflowIdReusePolicy = enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE
				d.must(again)
				d.end()
				d = p.drive(t)
				d.requireNone(describe("w", runID))
				require.NotEqual(t, runID, d.latest("w"))
			})
		}
	}
}

func TestDeleteOfWhatIsNotThere(t *testing.T) {
	d := busyPlace(t, func(*Config) {}).drive(t)
	d.requireNone(deleteRun("nobody", ""), deleteRun("nobody", "0198f2c4-5b5e-7f00-8000-000000000001"))
	d.run("w")
	d.requireNone(deleteRun("w", "0198f2c4-5b5e-7f00-8000-000000000001"))
	d.latest("w")
}

// Deleting an earlier run leaves the latest alone, and deleting the latest leaves the earlier one.
func TestDeleteOneOfSeveralRuns(t *testing.T) {
	d := busyPlace(t, func(*Config) {}).drive(t)
	var runs []string
	for range 3 {
		runs = append(runs, d.run("w"))
		d.must(terminate("w"))
	}
	d.archive()
	d.must(deleteRun("w", runs[1]))
	require.Equal(t, runs[2], d.latest("w"))
	d.requireNone(describe("w", runs[1]))
	d.removed()

	d.must(deleteRun("w", ""))
	require.Equal(t, runs[0], d.latest("w"))
	d.must(deleteRun("w", "")) // it is repeated, and does not delete the run before
	require.Equal(t, runs[0], d.latest("w"))
	d.active["w"].deletedLatest = time.Now().Add(-rememberDeletion)
	d.must(deleteRun("w", ""))
	d.requireNone(describe("w", ""))
}

// What was acknowledged is carried out by the next owner, and the log is not cut before it is.
func TestDeletionOutlivesItsOwner(t *testing.T) {
	p := busyPlace(t, func(*Config) {})
	d := p.drive(t)
	open, closed := d.run("open"), d.run("closed")
	d.must(terminate("closed"))
	d.archive()
	d.run("other")
	d.rest.removing = true // as if it took for ever
	d.must(deleteRun("open", ""), deleteRun("closed", closed))
	d.archive()
	d.write("other")
	d.writeIndex()
	d.end()

	d = p.drive(t)
	d.requireNone(describe("open", open), describe("closed", closed), describe("open", ""), describe("closed", ""))
	d.removed()
	for id, runID := range map[string]string{"open": open, "closed": closed} {
		found, err := d.store.HasClosed(within(t), id, runID)
		require.NoError(t, err)
		require.False(t, found, id)
	}
	d.writeIndex()
	d.end()
	d = p.drive(t)
	require.Empty(t, d.rest.deletions, "it is done once and for all")
	d.requireNone(describe("open", ""), describe("closed", closed))
	require.NotEmpty(t, d.latest("other"))
}

// An entry for which a helper looks for a run to delete stays, though the id could not be read meanwhile.
func TestDeleteWhileTheIDCannotBeRead(t *testing.T) {
	d := busyPlace(t, func(*Config) {}).drive(t)
	d.run("w")
	d.must(terminate("w"))
	d.archive()
	asked := newRequest(t, deleteRun("w", "0198f2c4-5b5e-7f00-8000-000000000001"))
	require.NoError(t, d.handle(asked.request)) // and no turn, in which the helper may be heard
	e := d.active["w"]
	require.Equal(t, 1, e.pins)
	d.loadFailed(e, stream.ErrMissing)
	_, err := d.outcome(asked)
	var none *serviceerror.NotFound
	require.ErrorAs(t, err, &none)
	require.Zero(t, e.pins)
}

// A workflow that is started again does not wait until all else is removed that was deleted before.
func TestDeletedRunsThatAreAwaitedGoFirst(t *testing.T) {
	d := busyPlace(t, func(*Config) {}).drive(t)
	for _, id := range []string{"a", "b", "c"} {
		d.run(id)
		d.must(terminate(id))
	}
	d.archive()
	d.rest.removing = true // as if it took for ever
	d.must(deleteRun("a", ""), deleteRun("b", ""), deleteRun("c", ""))
	d.quiet()
	again := newRequest(t, start("b"))
	require.NoError(t, d.handle(again.request))
	require.True(t, d.active["b"].awaitsRemoval)
	var order []string
	for _, next := range d.removable() {
		order = append(order, next.entry.ID)
	}
	require.Equal(t, []string{"b", "a", "c"}, order)
	d.rest.removing = false
	d.removeDeleted()
	_, err := d.outcome(again)
	require.NoError(t, err)
}

// Who waits for a deleted run's answer, or for what HISTORY has beside it, is answered.
func TestDeleteEndsQueriesThatWait(t *testing.T) {
	d := busyPlace(t, func(*Config) {}).drive(t)
	d.run("w")
	waits := d.decide(query("w"))[0]
	require.Empty(t, waits.outcome)
	d.must(deleteRun("w", ""))
	_, err := d.outcome(waits)
	var none *serviceerror.NotFound
	require.ErrorAs(t, err, &none)
	require.Empty(t, d.active["w"].queries)
}

// What a helper has read of HISTORY before a run was deleted is not taken for what is known of the id.
func TestDeleteWhileTheIDIsLoaded(t *testing.T) {
	d := busyPlace(t, func(*Config) {}).drive(t)
	var runs []string
	for range 2 {
		runs = append(runs, d.run("w"))
		d.must(terminate("w"))
	}
	d.archive()
	d.forgetAll()
	e := d.enter("w")
	d.load(e)
	require.True(t, e.loading)
	d.deleteClosed(e, nil, runs[1])
	d.until(func() bool { return !e.loading })
	require.False(t, e.known)
	d.removed()

	again := start("w")
	again.WorkflowIdReusePolicy = enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE
	_, err := d.outcome(d.decide(again)[0])
	require.Error(t, err)
	require.Equal(t, runs[0], e.Last.GetRunId())
}
