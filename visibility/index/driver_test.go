package index

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/visibility/index/filter"
)

// TestDrivers tells which condition finds the runs of a page, and that SQLite takes its index.
func TestDrivers(t *testing.T) {
	s := opened(t, Config{})
	batch := many(500)
	batch.Put = append(batch.Put, threeRuns().Put...)
	require.NoError(t, s.Apply(t.Context(), batch))
	s.few = 10
	for text, want := range map[string]string{
		"":                                              "by_close_time",
		"WorkflowId = 'w-1'":                            "by_workflow_id",
		"WorkflowId IN ('w-1', 'w-2')":                  "by_workflow_id",
		"WorkflowId STARTS_WITH 'order'":                "by_workflow_id",
		"WorkflowId != 'w-1'":                           "by_close_time",
		"RunId = 'r1'":                                  "sqlite_autoindex_runs_1",
		"WorkflowType = 'parcel'":                       "by_type",
		"WorkflowType = 'order'":                        "by_type", // of nearly all, but in the order of lists
		"ExecutionStatus = 'Running'":                   "by_status",
		"TaskQueue = 'parcels'":                         "by_task_queue",
		"TaskQueue = 'q'":                               "by_close_time",
		"StartTime > '-3m'":                             "by_start_time",
		"StartTime > '-30d'":                            "by_close_time",
		"StartTime BETWEEN '-70m' AND '-69m'":           "by_start_time",
		"CloseTime > '-2h'":                             "by_close_time",
		"ParentWorkflowId = 'order-1'":                  "by_parent",
		"RootWorkflowId = 'order-1'":                    "by_root",
		"RootWorkflowId IN ('order-1', 'w-1')":          "by_workflow_id (workflow_id=?)",
		"RootWorkflowId STARTS_WITH 'order'":            "by_close_time",
		"City = 'Köln'":                                 "by_a",
		"Amount BETWEEN 1 AND 15":                       "by_a",
		"Ratio IN (0.5, 1)":                             "by_a",
		"Tags = 'vip'":                                  "PRIMARY KEY (attribute=? AND word=?)",
		"Note = 'fox'":                                  "PRIMARY KEY (attribute=? AND word=?)",
		"WorkflowType = 'order' AND WorkflowId = 'w-7'": "by_workflow_id",
		"WorkflowType = 'order' AND StartTime > '-3m'":  "by_start_time",
		"StartTime > '-3m' AND City != 'x' AND TaskQueue = 'q' AND Tags != 'vip'": "by_start_time",
		"WorkflowId = 'w-1' OR WorkflowId = 'w-2'":                                "by_close_time",
		"ORDER BY StartTime DESC":                                                 "by_start_time",
		"ORDER BY WorkflowType":                                                   "by_type",
		"WorkflowId = 'w-1' ORDER BY StartTime":                                   "by_workflow_id",
	} {
		parsed, err := filter.Parse(text, testAttributes, testNow)
		require.NoError(t, err)
		driver, err := s.drive(t.Context(), parsed.Where, len(parsed.OrderBy) == 0, 2)
		require.NoError(t, err)
		c := &compiler{columns: &s.columns, driver: driver}
		terms := c.terms(parsed.OrderBy)
		rows, err := s.file.reader.Query("EXPLAIN QUERY PLAN SELECT run_id FROM "+c.runs(terms)+" WHERE "+c.where(parsed.Where)+" ORDER BY "+c.orderBy(terms)+" LIMIT 2", c.args...)
		require.NoError(t, err, text)
		var plan []string
		for rows.Next() {
			var id, parent, unused int
			var step string
			require.NoError(t, rows.Scan(&id, &parent, &unused, &step))
			plan = append(plan, step)
		}
		require.NoError(t, rows.Err())
		require.NoError(t, rows.Close())
		require.Contains(t, strings.Join(plan, "; "), want, text)
	}
}
