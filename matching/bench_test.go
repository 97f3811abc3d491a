package matching

import (
	"testing"

	enumspb "go.temporal.io/api/enums/v1"

	"github.com/perdure/perdure/api/workerpb"
)

// BenchmarkQueue queues tasks until TASKS has acknowledged each, over TCP to a
// server in this process.
func BenchmarkQueue(b *testing.B) {
	m := open(b, startServer(b).connect())
	p := m.find(in.Namespace).publisher
	first := tasks(b, m.config.Conn).CachedInfo().State.LastSeq
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		m.Queue(in.Namespace, &workerpb.Task{
			WorkflowId: "order-1", RunId: "0198f2c4-5b5e-7f00-8000-000000000001", ScheduledEventId: int64(i),
			Type: enumspb.TASK_QUEUE_TYPE_WORKFLOW, Attempt: 1, TaskQueue: "orders",
		})
	}
	for p.highest.Load() < first+uint64(b.N) {
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tasks/s")
}
