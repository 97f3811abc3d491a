package visibility

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"github.com/perdure/perdure/history/namespace"
	"github.com/perdure/perdure/history/stream"
	"github.com/perdure/perdure/visibility/index"
)

// However many runs ended at once, all of them go: otherwise a busy namespace's index would grow for ever.
func TestRetentionIsNotOutrun(t *testing.T) {
	store, err := index.Open(t.Context(), index.Config{})
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close()) }()
	var batch index.Batch
	closed := time.Now().Add(-time.Hour)
	for i := range 3*expireRows + 1 {
		batch.Put = append(batch.Put, &index.Execution{
			WorkflowID: "w", RunID: fmt.Sprint(i), Status: enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, Start: closed, Close: closed, Sequence: 1,
		})
	}
	require.NoError(t, store.Apply(t.Context(), batch))

	settings := &namespace.Settings{Retention: time.Minute}
	p := newProjection(Config{Namespaces: fixed{settings}, Every: time.Hour}, settings, "")
	r := newReader(p, store, nil)
	r.look.expiring = true
	p.kick()
	require.NoError(t, r.expire(t.Context()))
	counts, err := store.Count(t.Context(), index.Query{})
	require.NoError(t, err)
	require.EqualValues(t, 2*expireRows+1, counts.Total, "a listing waits")
	<-p.wake
	require.NoError(t, r.expire(t.Context()))
	counts, err = store.Count(t.Context(), index.Query{})
	require.NoError(t, err)
	require.Zero(t, counts.Total)
	require.False(t, r.look.expiring)
}

func TestARebuildIsOvertaken(t *testing.T) {
	b := &rebuild{from: []uint64{1, 1}, read: []uint64{10, 0}}
	require.False(t, b.overtaken([]stream.State{{First: 11, Last: 20}, {First: 1, Last: 5}}))
	require.True(t, b.overtaken([]stream.State{{First: 12, Last: 20}, {First: 1, Last: 5}}), "11 was never read")
}
