package history

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/perdure/perdure/api"
)

func TestIDSetFindsAllThatWasAdded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tokens := rapid.SliceOf(rapid.String()).Draw(t, "tokens")
		var s idSet
		for _, token := range tokens {
			s.add(token)
		}
		for _, token := range tokens {
			require.True(t, s.has(token), token)
		}
		require.Equal(t, len(tokens), s.count)
	})
}

func TestIDSetGrowsAndSeldomFindsOthers(t *testing.T) {
	var s idSet
	const n = 40_000 // several parts
	for i := range n {
		s.add("in-" + strconv.Itoa(i))
	}
	require.Greater(t, len(s.parts), 2)
	wrong := 0
	for i := range n {
		require.True(t, s.has("in-"+strconv.Itoa(i)))
		if s.has("out-" + strconv.Itoa(i)) {
			wrong++
		}
	}
	require.Less(t, wrong, n/50)
}

// A filter that is built while runs close must know them all, in whatever order that happens.
func TestFilterIsComplete(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := &loop{shard: &shard{}}
		closed := map[string]bool{}
		inHistory := []string{}
		var read *idSet // what a helper has read up to now
		t.Repeat(map[string]func(*rapid.T){
			"close": func(t *rapid.T) {
				id := rapid.StringMatching(`[a-c ]{1,3}`).Draw(t, "id") + strings.Repeat("x", rapid.SampledFrom([]int{0, 200}).Draw(t, "length"))
				l.filter.add(id)
				closed[id] = true
				inHistory = append(inHistory, api.Token(id))
			},
			"begin": func(t *rapid.T) {
				if !l.filter.due(time.Now().Add(2 * filterRetry)) {
					t.Skip("not due")
				}
				l.filter.building = true
				read = &idSet{}
				for _, token := range inHistory {
					read.add(token)
				}
			},
			"fail": func(t *rapid.T) {
				if read == nil {
					t.Skip("none is built")
				}
				l.filterRead(&filterBuilt{err: context.Canceled})
				read = nil
			},
			"end": func(t *rapid.T) {
				if read == nil {
					t.Skip("none is built")
				}
				l.filterRead(&filterBuilt{ids: read})
				read = nil
			},
			"": func(t *rapid.T) {
				for id := range closed {
					require.False(t, l.filter.never(id), id)
				}
			},
		})
	})
}

func TestFilterKnowsNothingUntilItIsBuilt(t *testing.T) {
	l := &loop{shard: &shard{}}
	require.False(t, l.filter.never("new"))
	require.True(t, l.filter.due(time.Now()))
	l.filter.building = true
	require.False(t, l.filter.due(time.Now()), "it is being built")
	l.filterRead(&filterBuilt{ids: &idSet{}})
	require.True(t, l.filter.never("new"))
	l.filter.add("new")
	require.False(t, l.filter.never("new"))
}

func TestFilterIsGivenUpWhenHistoryIsLarge(t *testing.T) {
	l := &loop{shard: &shard{}}
	l.filter.building = true
	l.filterRead(&filterBuilt{})
	require.False(t, l.filter.never("new"))
	require.False(t, l.filter.due(time.Now().AddDate(1, 0, 0)))
}
