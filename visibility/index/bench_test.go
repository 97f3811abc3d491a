package index

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
)

const benchmarkRuns = 200_000

var benchmarkAttributes = map[string]enumspb.IndexedValueType{
	"Customer": enumspb.INDEXED_VALUE_TYPE_KEYWORD, "Region": enumspb.INDEXED_VALUE_TYPE_KEYWORD, "Amount": enumspb.INDEXED_VALUE_TYPE_INT,
}

var benchmarkStart = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func benchmarkRun(random *rand.Rand, i int) *Execution {
	start := benchmarkStart.Add(time.Duration(i) * 10 * time.Millisecond)
	return &Execution{
		WorkflowID: fmt.Sprintf("order-%d", i), RunID: fmt.Sprintf("%08x-0000-4000-8000-%012x", random.Uint32(), i),
		Type: fmt.Sprintf("Type%d", random.IntN(20)), TaskQueue: fmt.Sprintf("queue-%d", random.IntN(10)),
		Status: enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, Start: start, Execution: start, Sequence: 1,
		SearchAttributes: map[string]*commonpb.Payload{
			"Customer": typedPayload(enumspb.INDEXED_VALUE_TYPE_KEYWORD, fmt.Sprintf("%q", fmt.Sprintf("customer-%d", random.IntN(20_000)))),
			"Region":   typedPayload(enumspb.INDEXED_VALUE_TYPE_KEYWORD, fmt.Sprintf("%q", fmt.Sprintf("region-%d", random.IntN(10)))),
			"Amount":   typedPayload(enumspb.INDEXED_VALUE_TYPE_INT, fmt.Sprint(random.IntN(1000))),
		},
	}
}

func benchmarkClose(run *Execution, i int) Change {
	status := enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED
	if i%100 == 1 {
		status = enumspb.WORKFLOW_EXECUTION_STATUS_FAILED
	}
	return Change{RunID: run.RunID, Sequence: 2, Status: status, Close: run.Start.Add(time.Second), HistoryLength: 11, HistorySize: 2000, StateTransitions: 5}
}

func typedPayload(t enumspb.IndexedValueType, json string) *commonpb.Payload {
	return &commonpb.Payload{Metadata: map[string][]byte{"encoding": []byte("json/plain"), "type": []byte(t.String())}, Data: []byte(json)}
}

// fill starts 200,000 runs and closes nine of ten, and tells what each of both took for a row.
func fill(t testing.TB, s *Store) (start, end time.Duration) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	runs := make([]*Execution, benchmarkRuns)
	for i := range runs {
		runs[i] = benchmarkRun(random, i)
	}
	began := time.Now()
	for i := 0; i < len(runs); i += 2000 {
		require.NoError(t, s.Apply(t.Context(), Batch{Put: runs[i : i+2000]}))
	}
	start = time.Since(began) / benchmarkRuns
	began = time.Now()
	changes := 0
	for i := 0; i < len(runs); i += 2000 {
		var batch Batch
		for j := i; j < i+2000; j++ {
			if j%10 != 0 {
				batch.Changes = append(batch.Changes, benchmarkClose(runs[j], j))
			}
		}
		changes += len(batch.Changes)
		require.NoError(t, s.Apply(t.Context(), batch))
	}
	return start, time.Since(began) / time.Duration(changes)
}

// BenchmarkIndex is of 200,000 runs with three search attributes: what a row costs that is written, and lists of a page of 1,000 by
// filters that hold of few runs, of many and of all.
func BenchmarkIndex(b *testing.B) {
	s, err := Open(b.Context(), Config{Path: filepath.Join(b.TempDir(), "index.db"), Identity: "bench"})
	require.NoError(b, err)
	defer s.Close()
	start, end := fill(b, s)
	b.Run("write", func(b *testing.B) {
		for b.Loop() {
		}
		b.ReportMetric(float64(start.Nanoseconds())/1e3, "µs/start")
		b.ReportMetric(float64(end.Nanoseconds())/1e3, "µs/close")
	})
	at := func(i int) string {
		return benchmarkStart.Add(time.Duration(i) * 10 * time.Millisecond).Format(time.RFC3339Nano)
	}
	for _, filter := range []string{
		"", "WorkflowId = 'order-777'", "Customer = 'customer-77'", "ExecutionStatus = 'Failed' AND WorkflowType = 'Type3'",
		"Amount = 7", "Amount > 990", "Region = 'region-3' AND ExecutionStatus = 'Failed'",
		"StartTime BETWEEN '" + at(100_000) + "' AND '" + at(100_500) + "'", "CloseTime > '" + at(199_000) + "'",
		"WorkflowId STARTS_WITH 'order-1234'", "TaskQueue = 'queue-1' AND WorkflowType = 'Type3'",
		"WorkflowType = 'Type3'", "ExecutionStatus = 'Running'", "Region = 'region-3'", "StartTime > '" + at(1000) + "'", "Amount < 500",
		"Region = 'region-3' AND WorkflowType = 'Type3'", "WorkflowType = 'none'", "WorkflowType != 'Type3' AND NOT (Amount IN (1, 2) OR Region STARTS_WITH 'x')",
		"ORDER BY StartTime DESC", "ORDER BY Amount", "WorkflowType = 'Type3' ORDER BY CloseTime",
	} {
		b.Run("list/"+filter, func(b *testing.B) {
			rows := 0
			for b.Loop() {
				page, err := s.List(b.Context(), Query{Filter: filter, Attributes: benchmarkAttributes})
				require.NoError(b, err)
				rows = len(page.Executions)
			}
			b.ReportMetric(float64(rows), "rows")
		})
	}
	for _, filter := range []string{"", "GROUP BY ExecutionStatus", "Customer = 'customer-77'", "StartTime > '" + at(1000) + "' AND Amount < 500"} {
		b.Run("count/"+filter, func(b *testing.B) {
			for b.Loop() {
				_, err := s.Count(b.Context(), Query{Filter: filter, Attributes: benchmarkAttributes})
				require.NoError(b, err)
			}
		})
	}
}
