package monitor

import (
	"strconv"

	"github.com/perdure/perdure/history"
	"github.com/perdure/perdure/internal/histogram"
)

var (
	shardUp         = gauge("perdure_shard_up", "1 while the shard serves, else 0.", "namespace", "shard")
	recoveries      = counter("perdure_shard_recoveries_total", "How often the shard was taken over by this process.", "namespace", "shard")
	recoverySeconds = gauge("perdure_shard_recovery_seconds", "How long the last recovery of the shard took.", "namespace", "shard")
	inMemory        = gauge("perdure_workflows_in_memory", "Workflow ids of which something is in memory.", "namespace", "shard")
	atRest          = gauge("perdure_workflows_at_rest", "Open runs that are at rest, in OPEN alone.", "namespace", "shard")
	closing         = gauge("perdure_closed_runs_pending", "Closed runs that are not in HISTORY yet.", "namespace", "shard")
	runLoads        = counter("perdure_run_loads_total",
		"Readings of runs that were not in memory, or of what is known of an id, by the stream: open or history.", "namespace", "shard", "stream")
	logBytes      = gauge("perdure_log_bytes", "How many bytes the shard's log has, about.", "namespace", "shard")
	logWritten    = counter("perdure_log_written_bytes_total", "Bytes that were appended to the shard's log, about.", "namespace", "shard")
	appendSeconds = distribution("perdure_append_duration_seconds",
		"How long frames took, from when they were handed over until JetStream had acknowledged them.", "namespace")
	frameRecords = distribution("perdure_frame_records", "How many records frames had, of those that had any.", "namespace")
)

func (to sink) history(shards []history.ShardStatistics) {
	type whole struct{ appends, records histogram.Snapshot }
	namespaces := map[string]*whole{}
	for _, s := range shards {
		ns, shard := s.Namespace, strconv.Itoa(s.Shard)
		up := 1.0
		if s.Unserved != "" {
			up = 0
		}
		to.put(shardUp, up, ns, shard)
		to.put(recoveries, float64(s.Recoveries), ns, shard)
		to.put(recoverySeconds, s.Recovery.Seconds(), ns, shard)
		to.put(inMemory, float64(s.InMemory), ns, shard)
		to.put(atRest, float64(s.Resting), ns, shard)
		to.put(closing, float64(s.Closing), ns, shard)
		to.put(runLoads, float64(s.OpenLoads), ns, shard, "open")
		to.put(runLoads, float64(s.ClosedLoads), ns, shard, "history")
		to.put(logBytes, float64(s.LogBytes), ns, shard)
		to.put(logWritten, float64(s.Written), ns, shard)
		w := namespaces[ns]
		if w == nil {
			w = &whole{}
			namespaces[ns] = w
		}
		w.appends.Add(s.Appends)
		w.records.Add(s.Records)
	}
	for ns, w := range namespaces {
		to.putAll(appendSeconds, w.appends, nanoseconds, ns)
		to.putAll(frameRecords, w.records, 1, ns)
	}
}
