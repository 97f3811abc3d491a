package history

import (
	"sync/atomic"
	"time"

	"github.com/perdure/perdure/internal/histogram"
)

// ShardStatistics are what a shard has done since it was opened here, and how it is.
type ShardStatistics struct {
	Namespace string
	Shard     int
	// Unserved says why the shard does not serve; empty: it does. Stopped says that this lasts until an operator has mended it.
	Unserved string
	Stopped  bool

	// Appends are how long frames took until they were acknowledged, in nanoseconds, and Records how many records each had
	// that had any.
	Appends, Records histogram.Snapshot
	// Written are the bytes of all frames.
	Written uint64
	// OpenLoads and ClosedLoads are readings of runs, or of what is known of an id, from OPEN and HISTORY.
	OpenLoads, ClosedLoads uint64
	// Recoveries are how often the shard was taken over, and Recovery how long the last of these took.
	Recoveries uint64
	Recovery   time.Duration

	// InMemory are the workflow ids of which something is in memory, Resting the open runs at rest, and Closing the closed
	// runs that are not in HISTORY yet. LogBytes is how large the log is, about. All as they were within the last second.
	InMemory, Resting, Closing int
	LogBytes                   uint64
}

// statistics are those of one shard. The loop and its helpers write them, and anybody reads.
type statistics struct {
	appends, records           *histogram.Histogram
	written                    atomic.Uint64
	openLoads, closedLoads     atomic.Uint64
	recoveries                 atomic.Uint64
	recovery                   atomic.Int64
	inMemory, resting, closing atomic.Int64
	logBytes                   atomic.Uint64
}

func newStatistics() *statistics {
	return &statistics{appends: histogram.NewDurations(), records: histogram.New(1, 2, 4, 8, 16, 32, 64, 128, 256, 512)}
}

// recovered notes a recovery.
func (s *statistics) recovered(took time.Duration) {
	s.recoveries.Add(1)
	s.recovery.Store(int64(took))
}

// noteState notes how much there is. It is called now and then: nothing of it is counted as it changes.
func (l *loop) noteState() {
	s := l.statistics
	s.inMemory.Store(int64(len(l.active)))
	s.resting.Store(int64(len(l.index)))
	s.closing.Store(int64(len(l.rest.closed)))
	s.logBytes.Store(l.check.logBytes)
}

// Statistics are those of all shards that are open here, from memory.
func (s *Service) Statistics() []ShardStatistics {
	s.mu.RLock()
	var shards []*shard
	for _, ns := range s.namespaces {
		shards = append(shards, ns.shards...)
	}
	s.mu.RUnlock()
	all := make([]ShardStatistics, len(shards))
	for i, sh := range shards {
		all[i] = sh.figures()
	}
	return all
}

func (sh *shard) figures() ShardStatistics {
	s := sh.statistics
	all := ShardStatistics{
		Namespace: sh.namespace, Shard: sh.number,
		Appends: s.appends.Read(), Records: s.records.Read(), Written: s.written.Load(),
		OpenLoads: s.openLoads.Load(), ClosedLoads: s.closedLoads.Load(),
		Recoveries: s.recoveries.Load(), Recovery: time.Duration(s.recovery.Load()),
		InMemory: int(s.inMemory.Load()), Resting: int(s.resting.Load()), Closing: int(s.closing.Load()), LogBytes: s.logBytes.Load(),
	}
	if state := sh.state.Load(); state != nil {
		all.Unserved, all.Stopped = state.reason, state.final != nil
	}
	return all
}
