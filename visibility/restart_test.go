package visibility

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/visibility/index"
)

// Whenever the projection ends, and whatever the shards write and cut meanwhile, its index ends as one that is made from
// the streams at the end.
func TestKilledAtAnyPoint(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			p := newPlace(t, restless)
			w := &workload{place: p, random: rand.New(rand.NewPCG(seed, 0)), open: map[string]bool{}}
			folder := t.TempDir()
			quick := func(c *Config) { c.Every, c.Look = time.Millisecond, 5*time.Millisecond }
			s := p.serve(folder, quick)
			for range 25 {
				for range w.random.IntN(30) {
					w.step()
				}
				if w.random.IntN(3) > 0 {
					require.NoError(t, s.Stop(within(t)))
					if w.random.IntN(4) == 0 {
						w.step()
						p.cut(w.ensureOpen(10))
					}
					s = p.serve(folder, quick)
				}
			}
			require.Equal(t, slices.Sorted(maps.Keys(w.open)), ids(t, s, "CloseTime IS NULL"))
			p.requireFresh(s)
		})
	}
}

// workload does things to workflows at random.
type workload struct {
	*place
	random *rand.Rand
	open   map[string]bool
	count  int
}

func (w *workload) begin() string {
	w.count++
	id := fmt.Sprintf("w-%d", w.count)
	w.start(id)
	w.open[id] = true
	return id
}

// ensureOpen are so many open workflows.
func (w *workload) ensureOpen(n int) (ids []string) {
	for len(w.open) < n {
		w.begin()
	}
	for id := range w.open {
		ids = append(ids, id)
	}
	return ids
}

func (w *workload) step() {
	id := w.ensureOpen(1)[0]
	value := payload([]string{`"x"`, `"y"`, `[]`}[w.random.IntN(3)])
	field := []string{"BatcherUser", "BatcherNamespace", "TemporalScheduledById"}[w.random.IntN(3)]
	switch w.random.IntN(8) {
	case 0, 1:
		w.begin()
	case 2:
		w.terminate(id)
		delete(w.open, id)
	case 3:
		id = w.begin() // its first task is there
		w.complete(id, upsert(map[string]*commonpb.Payload{field: value}), modifyMemo(map[string]*commonpb.Payload{field: value}))
	case 4:
		id = w.begin()
		w.complete(id, continueAsNew())
	case 5:
		w.signal(id)
	case 6:
		w.must(&workflowservice.DeleteWorkflowExecutionRequest{WorkflowExecution: execution(id)})
		delete(w.open, id)
	case 7:
		id = w.begin()
		w.pause(id, "")
		if w.random.IntN(2) == 0 {
			w.unpause(id)
		}
	}
}

// What is written while an index is closed is read when it is opened again, from the first frame on.
func TestAnIndexGoesOnWhereItEnded(t *testing.T) {
	p := newPlace(t)
	folder := t.TempDir()
	s := p.serve(folder)
	p.start("before")
	require.Equal(t, []string{"before"}, ids(t, s, ""))
	require.NoError(t, s.Stop(within(t)))

	p.terminate("before") // the next frame of its log
	s = p.serve(folder)
	require.Equal(t, []string{"before"}, ids(t, s, "ExecutionStatus = 'Terminated'"))
}

// claims are positions that the logs never reach.
type claims []uint64

func (c claims) Positions(string) []uint64 { return c }

func TestALateListTellsByHowMuch(t *testing.T) {
	p := newPlace(t)
	p.start("a")
	s := p.serve(t.TempDir(), func(c *Config) { c.Positions, c.Wait = claims{1 << 40, 0}, 50*time.Millisecond })
	require.Eventually(t, func() bool {
		reply, behind, err := s.CountWorkflowExecutions(within(t), testNamespace, &workflowservice.CountWorkflowExecutionsRequest{})
		return err == nil && behind > 0 && reply.Count == 1
	}, patience, 10*time.Millisecond)
	_, earlier, err := s.CountWorkflowExecutions(within(t), testNamespace, &workflowservice.CountWorkflowExecutionsRequest{})
	require.NoError(t, err)
	_, later, err := s.CountWorkflowExecutions(within(t), testNamespace, &workflowservice.CountWorkflowExecutionsRequest{})
	require.NoError(t, err)
	require.Greater(t, later, earlier, "it grows")
}

func TestWithoutAnIndex(t *testing.T) {
	p := newPlace(t)
	folder := t.TempDir()
	// Another's transaction that does not end keeps it from being opened.
	held, err := index.Open(within(t), index.Config{Path: file(folder), Identity: "another"})
	require.NoError(t, err)
	release := lock(t, file(folder))
	s := p.serve(folder, func(c *Config) { c.Wait = 10 * time.Millisecond })
	_, _, err = s.ListWorkflowExecutions(within(t), testNamespace, &workflowservice.ListWorkflowExecutionsRequest{})
	var unavailable *serviceerror.Unavailable
	require.ErrorAs(t, err, &unavailable)
	require.ErrorContains(t, err, "workflows run on")
	p.start("a") // nothing of a workflow's way waits for it
	release()
	require.NoError(t, held.Close())
	require.Eventually(t, func() bool {
		reply, behind, err := s.ListWorkflowExecutions(within(t), testNamespace, &workflowservice.ListWorkflowExecutionsRequest{})
		return err == nil && behind == 0 && len(reply.Executions) == 1
	}, patience, 10*time.Millisecond)
	_, _, err = s.ListWorkflowExecutions(within(t), "other", &workflowservice.ListWorkflowExecutionsRequest{})
	require.ErrorAs(t, err, &unavailable)
}

// NATS goes away and comes back: lists answer meanwhile with what there is.
func TestNATSIsAway(t *testing.T) {
	p := newPlace(t)
	p.start("before")
	s := p.serve(t.TempDir())
	require.Len(t, list(t, s, ""), 1)
	p.server.Stop()
	reply, _, err := s.ListWorkflowExecutions(within(t), testNamespace, &workflowservice.ListWorkflowExecutionsRequest{})
	require.NoError(t, err)
	require.Len(t, reply.Executions, 1)
	p.server.Restart(t)
	require.Eventually(t, func() bool {
		_, err := p.call(startRequest("after"))
		return err == nil
	}, patience, 100*time.Millisecond)
	require.Equal(t, []string{"after", "before"}, ids(t, s, ""))
}

func TestPagesFitAMessage(t *testing.T) {
	p := newPlace(t)
	for i := range 20 {
		p.start(fmt.Sprintf("w-%d", i), func(r *workflowservice.StartWorkflowExecutionRequest) {
			r.Memo = &commonpb.Memo{Fields: map[string]*commonpb.Payload{"m": {Data: make([]byte, 1000)}}}
		})
	}
	s := p.serve(t.TempDir(), func(c *Config) { c.MaxReply = 5000 })
	require.Len(t, list(t, s, ""), 20)
	reply, _, err := s.ListWorkflowExecutions(within(t), testNamespace, &workflowservice.ListWorkflowExecutionsRequest{})
	require.NoError(t, err)
	require.Less(t, len(reply.Executions), 5)
	require.NotEmpty(t, reply.Executions)
}

func TestOpenAndClosed(t *testing.T) {
	p := newPlace(t)
	s := p.serve(t.TempDir())
	for _, id := range []string{"it's", "b", "c"} {
		p.start(id)
	}
	p.terminate("c")
	open, _, err := s.ListOpenWorkflowExecutions(within(t), testNamespace, &workflowservice.ListOpenWorkflowExecutionsRequest{})
	require.NoError(t, err)
	require.Len(t, open.Executions, 2)
	closed, _, err := s.ListClosedWorkflowExecutions(within(t), testNamespace, &workflowservice.ListClosedWorkflowExecutionsRequest{})
	require.NoError(t, err)
	require.Len(t, closed.Executions, 1)
	require.Equal(t, "c", closed.Executions[0].Execution.WorkflowId)
	requireFilters(t, s)
}
