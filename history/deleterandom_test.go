package history

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
)

// TestRandomDeletions starts, closes and deletes runs of a few workflows in any order, wherever they are, with
// rests, cuts and new owners between, and compares what is found with what must be left.
func TestRandomDeletions(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := &randomDeletions{
				random: rand.New(rand.NewPCG(seed, 7)), place: busyPlace(t, func(*Config) {}), runs: map[string][]string{}, open: map[string]bool{},
			}
			r.driven = r.place.drive(t)
			for range 120 {
				r.step()
				r.check()
			}
		})
	}
}

type randomDeletions struct {
	*driven
	place  *place
	random *rand.Rand
	// runs are those that are left of each workflow, oldest first; open says whether the last one is.
	runs map[string][]string
	open map[string]bool
	// deleted are the runs that are not, with their workflow.
	deleted [][2]string
}

// renewOwner is the happening by which another owner takes the shard; all others have lower numbers.
const renewOwner = 11

func (r *randomDeletions) step() {
	r.t.Helper()
	r.happen(r.random.IntN(renewOwner + 1))
}

func (r *randomDeletions) happen(what int) {
	r.t.Helper()
	id := fmt.Sprintf("w%d", r.random.IntN(3))
	runs := r.runs[id]
	switch what {
	case 0, 1, 2:
		if !r.open[id] {
			r.runs[id], r.open[id] = append(runs, r.answer(start(id)).(*workflowservice.StartWorkflowExecutionResponse).RunId), true
		}
	case 3, 4:
		if r.open[id] {
			r.answer(terminate(id))
			r.open[id] = false
		}
	case 5, 6:
		if len(runs) > 0 {
			r.remove(id, r.random.IntN(len(runs)), true)
		}
	case 7:
		if len(runs) > 0 {
			r.remove(id, len(runs)-1, false)
		}
	case 8:
		if e := r.active[id]; e != nil && e.Run != nil && e.Run.Open() && !e.writing && len(e.closed) == 0 {
			r.write(id)
		}
	case 9:
		for _, e := range r.active {
			if e.idle() && e.unrested == 0 && (e.Run == nil || !e.Run.Open()) {
				r.leave(e)
			}
		}
	case 10:
		r.cut()
	default:
		r.end()
		r.driven = r.place.drive(r.t)
	}
}

// cut has the index written and the log cut, where there is something to cut.
func (r *randomDeletions) cut() {
	r.quiet()
	r.driven.check.logBytes += r.config.CutBytes
	r.checkpoint()
	r.until(func() bool { return !r.driven.check.writing })
}

// remove deletes a run, by its id or as the latest.
func (r *randomDeletions) remove(id string, number int, named bool) {
	r.t.Helper()
	runID := r.runs[id][number]
	asked := ""
	if named {
		asked = runID
	}
	r.answer(deleteRun(id, asked))
	if e := r.active[id]; e != nil {
		e.deletedLatest = e.deletedLatest.Add(-rememberDeletion)
	}
	if number == len(r.runs[id])-1 {
		r.open[id] = false
	}
	r.runs[id] = slices.Delete(slices.Clone(r.runs[id]), number, number+1)
	r.deleted = append(r.deleted, [2]string{id, runID})
}

// answer is the reply to a request that must succeed. The ticks that a loop has of itself come from here.
func (r *randomDeletions) answer(q proto.Message) proto.Message {
	r.t.Helper()
	reply, err := r.ask(q)
	require.NoError(r.t, err)
	return reply
}

func (r *randomDeletions) ask(q proto.Message) (reply proto.Message, err error) {
	r.t.Helper()
	a := newRequest(r.t, q)
	require.NoError(r.t, r.handle(a.request))
	r.until(func() bool {
		r.writeClosed()
		r.removeDeleted()
		select {
		case got := <-a.outcome:
			reply, err = got.reply, got.err
			return true
		default:
			return false
		}
	})
	return reply, err
}

func (r *randomDeletions) check() {
	r.t.Helper()
	var none *serviceerror.NotFound
	for i := range 3 {
		id := fmt.Sprintf("w%d", i)
		runs := r.runs[id]
		reply, err := r.ask(describe(id, ""))
		if len(runs) == 0 {
			require.ErrorAs(r.t, err, &none)
			continue
		}
		require.NoError(r.t, err)
		require.Equal(r.t, runs[len(runs)-1], reply.(*workflowservice.DescribeWorkflowExecutionResponse).WorkflowExecutionInfo.Execution.RunId)
		_, err = r.ask(describe(id, runs[r.random.IntN(len(runs))]))
		require.NoError(r.t, err)
	}
	if len(r.deleted) > 0 {
		gone := r.deleted[r.random.IntN(len(r.deleted))]
		_, err := r.ask(describe(gone[0], gone[1]))
		require.ErrorAs(r.t, err, &none)
	}
}
