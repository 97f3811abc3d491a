package history

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/api/recordpb"
)

// mostBytes is what a run at rest may take at most; with ids of 14 bytes it takes 241.
const mostBytes = 260

// restingBytes is how much memory each of so many runs takes that rest and are due some time.
func restingBytes(runs int) float64 {
	before := liveBytes()
	l := &loop{index: map[string]*resting{}}
	rp := replayer{loop: l, rests: map[string]*resting{}}
	for n := range runs {
		rp.index(&recordpb.IndexEntry{
			WorkflowId: fmt.Sprintf("order-%08d", n), RunId: uuid.NewString(), RestSequences: []uint64{uint64(n)},
			LogSequence: uint64(n), DueTime: time.Now().Add(time.Duration(n)).UnixNano(),
		})
	}
	rp.rests = nil
	taken := liveBytes() - before
	runtime.KeepAlive(l)
	return float64(taken) / float64(runs)
}

func liveBytes() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

func TestRestingRunIsSmall(t *testing.T) {
	require.Less(t, restingBytes(1<<17), float64(mostBytes))
}

// BenchmarkRestingRun measures as many resting runs as -benchtime says.
func BenchmarkRestingRun(b *testing.B) {
	b.ReportMetric(restingBytes(b.N), "B/run")
}
