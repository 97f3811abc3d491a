package history

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api"
)

// TestRandomMarks has runs that refer to large payloads started, signaled, closed and deleted in any order, with rests, cuts
// and new owners between, and looks at what is held, while more of this goes on: all that a run which is left refers to,
// and nothing when none is left.
func TestRandomMarks(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := &randomMarks{
				randomDeletions: randomDeletions{
					random: rand.New(rand.NewPCG(seed, 11)), place: busyPlace(t, func(*Config) {}), runs: map[string][]string{}, open: map[string]bool{},
				},
				refers: map[string][]api.PayloadID{},
			}
			r.driven = r.place.drive(t)
			for range 60 {
				r.step()
				r.mark()
			}
			for id, runs := range r.runs {
				for range runs {
					r.remove(id, 0, true)
				}
				r.runs[id] = nil
			}
			r.until(func() bool {
				r.writeClosed()
				r.removeDeleted()
				return len(r.rest.closed) == 0 && len(r.rest.deletions) == 0
			})
			r.quiet()
			require.Empty(t, r.held(func() {}), "all runs are gone")
		})
	}
}

type randomMarks struct {
	randomDeletions
	// refers is what runs refer to, by run id.
	refers map[string][]api.PayloadID
	last   int
}

// reference is a new one.
func (r *randomMarks) reference() (*commonpb.Payloads, api.PayloadID) {
	r.last++
	id := api.PayloadIDOf(fmt.Append(nil, r.last))
	p, err := api.NewReference(id, 1<<20)
	require.NoError(r.t, err)
	return &commonpb.Payloads{Payloads: []*commonpb.Payload{p}}, id
}

// change starts or signals a run with a reference, or does what deletions do but begin a new owner.
func (r *randomMarks) change() {
	r.t.Helper()
	id := fmt.Sprintf("w%d", r.random.IntN(3))
	input, payload := r.reference()
	switch r.random.IntN(8) {
	case 0, 1:
		if !r.open[id] {
			q := start(id)
			q.Input = input
			run := r.answer(q).(*workflowservice.StartWorkflowExecutionResponse).RunId
			r.runs[id], r.open[id] = append(r.runs[id], run), true
			r.refers[run] = append(r.refers[run], payload)
		}
	case 2, 3:
		if r.open[id] {
			q := signal(id, "s")
			q.Input = input
			r.answer(q)
			run := r.runs[id][len(r.runs[id])-1]
			r.refers[run] = append(r.refers[run], payload)
		}
	default:
		r.happen(r.random.IntN(11))
	}
}

func (r *randomMarks) step() {
	r.t.Helper()
	if r.random.IntN(10) == 0 {
		r.randomDeletions.happen(renewOwner)
		return
	}
	r.change()
}

// mark finds what is held while more happens.
func (r *randomMarks) mark() {
	r.t.Helper()
	before := map[string]bool{}
	for _, runs := range r.runs {
		for _, run := range runs {
			before[run] = true
		}
	}
	expected := map[string][]api.PayloadID{}
	for run := range before {
		expected[run] = append(expected[run], r.refers[run]...)
	}
	held := r.held(func() {
		for range r.random.IntN(4) {
			r.change()
		}
	})
	for _, runs := range r.runs {
		for _, run := range runs {
			for _, payload := range expected[run] {
				require.Contains(r.t, held, payload, "run %s", run)
			}
		}
	}
}

// held is what is held, found while something happens.
func (r *randomMarks) held(meanwhile func()) map[api.PayloadID]struct{} {
	r.t.Helper()
	s := &Service{config: r.place.config}
	ns := &openNamespace{settings: r.place.settings, store: r.store, shards: []*shard{r.shard}}
	type found struct {
		held map[api.PayloadID]struct{}
		err  error
	}
	results := make(chan found, 1)
	go func() {
		held, err := s.held(context.Background(), ns)
		results <- found{held, err}
		r.mailbox.Put(nothing{})
	}()
	meanwhile()
	var got found
	r.until(func() bool {
		select {
		case got = <-results:
			return true
		default:
			return false
		}
	})
	require.NoError(r.t, got.err)
	return got.held
}
