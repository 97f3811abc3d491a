package heap

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

func collections() uint32 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.NumGC
}

func TestReserveHasTheCollectorRunLessOften(t *testing.T) {
	t.Setenv("GOGC", "")
	t.Setenv("GOMEMLIMIT", "")
	release := Reserve()
	runtime.GC()
	before := collections()
	for range room / (2 << 20) { // half of the room
		sink = make([]byte, 1<<20)
	}
	require.Equal(t, before, collections())
	release()
}

func TestReserveLeavesSettingsAlone(t *testing.T) {
	t.Setenv("GOGC", "100")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	defer Reserve()()
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(room))
}

var sink []byte
