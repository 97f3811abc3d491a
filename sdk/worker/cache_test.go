package worker

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"
	"pgregory.net/rapid"

	"github.com/perdure/perdure/sdk/internal/engine"
)

func newExecution(t require.TestingT) *engine.Execution {
	registry := &engine.Registry{}
	require.NoError(t, registry.RegisterWorkflow(checkout.Implement(gather)))
	e, err := engine.New(registry, engine.Options{}, &workflowservice.PollWorkflowTaskQueueResponse{
		WorkflowType: &commonpb.WorkflowType{Name: checkout.Name()}})
	require.NoError(t, err)
	return e
}

func (c *cache) fill(t require.TestingT, id string) {
	r := c.enter(id)
	if r.execution == nil {
		r.execution = newExecution(t)
	}
	c.leave(r)
}

func TestTheRunUsedLongestAgoGoes(t *testing.T) {
	c := newCache(2)
	for _, id := range []string{"a", "b", "a", "c"} {
		c.fill(t, id)
	}
	require.Contains(t, c.runs, "a")
	require.NotContains(t, c.runs, "b")
	require.Contains(t, c.runs, "c")
}

func TestARunInUseStays(t *testing.T) {
	c := newCache(1)
	r := c.enter("a")
	r.execution = newExecution(t)
	c.fill(t, "b")
	c.fill(t, "c")
	require.Same(t, r, c.enterKnown("a"))
	require.NotNil(t, r.execution)
	c.leave(r)
	c.leave(r)
	require.Nil(t, c.enterKnown("c"))
	c.clear()
	require.Empty(t, c.runs)
}

func TestOneAtATime(t *testing.T) {
	c := newCache(1)
	r := c.enter("a")
	require.True(t, r.acquire(context.Background()))
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	require.False(t, c.enter("a").acquire(ended))
	r.release()
	c.leave(r)
	c.leave(r)
	require.Empty(t, c.runs, "it has no execution")
}

// TestTheCacheForgetsNothingInUse does anything in any order.
func TestTheCacheForgetsNothingInUse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(0, 3).Draw(t, "limit")
		c := newCache(limit)
		var using []*cachedRun
		t.Repeat(map[string]func(*rapid.T){
			"enter": func(t *rapid.T) {
				r := c.enter(fmt.Sprint(rapid.IntRange(0, 5).Draw(t, "id")))
				if r.execution == nil && rapid.Bool().Draw(t, "cache") {
					r.execution = newExecution(t)
				}
				using = append(using, r)
			},
			"leave": func(t *rapid.T) {
				if len(using) > 0 {
					i := rapid.IntRange(0, len(using)-1).Draw(t, "i")
					c.leave(using[i])
					using = append(using[:i], using[i+1:]...)
				}
			},
			"": func(t *rapid.T) {
				open := map[string]bool{}
				for _, r := range using {
					open[r.id] = true
					if c.runs[r.id] != r {
						t.Fatalf("run %s is used and not in the cache", r.id)
					}
				}
				if idle := len(c.runs) - len(open); idle != c.idle.Len() || idle > limit {
					t.Fatalf("%d idle runs, %d of them in the list, with a limit of %d", idle, c.idle.Len(), limit)
				}
			},
		})
		c.clear()
		for _, r := range using {
			c.leave(r)
		}
		if len(c.runs) != 0 {
			t.Fatalf("%d runs are left", len(c.runs))
		}
	})
}
