package index

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	workflowpb "go.temporal.io/api/workflow/v1"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"
)

// TestLikeTheOracle writes random batches, and compares lists, counts and groups with those of the oracle.
func TestLikeTheOracle(t *testing.T) {
	s, err := Open(t.Context(), Config{Identity: "test"})
	require.NoError(t, err)
	defer s.Close()
	rapid.Check(t, func(t *rapid.T) {
		_, err := s.file.writer.Exec("DELETE FROM runs; DELETE FROM words")
		require.NoError(t, err)
		s.few = pick(t, []int{0, 3, fewRuns}) // all the ways to find runs are taken
		known := oracle{}
		for range rapid.IntRange(1, 4).Draw(t, "batches") {
			batch := anyBatch(t)
			require.NoError(t, s.Apply(t.Context(), batch))
			known.apply(batch)
		}
		rowsAre(t, s, known)
		for range 8 {
			where := anyPredicate(t, 3)
			listsAre(t, s, known, where)
			groupsAre(t, s, known, where)
		}
	})
}

func rowsAre(t *rapid.T, s *Store, known oracle) {
	page, err := s.List(t.Context(), Query{Filter: "NamespaceDivision IS NULL OR NamespaceDivision IS NOT NULL", Attributes: testAttributes})
	require.NoError(t, err)
	require.Len(t, page.Executions, len(known))
	for _, got := range page.Executions {
		want := known[got.Execution.RunId]
		require.NotNil(t, want, got.Execution.RunId)
		if expected := infoOf(want); !proto.Equal(expected, got) {
			require.Equal(t, expected.String(), got.String())
		}
	}
	var words, expected int
	require.NoError(t, s.file.reader.QueryRow("SELECT count(*) FROM words").Scan(&words))
	for _, e := range known {
		for _, name := range []string{"Tags", "Note", "BuildIds"} {
			all, _ := value(e, name).([]string)
			expected += len(slices.Compact(slices.Sorted(slices.Values(all))))
		}
	}
	require.Equal(t, expected, words, "words of what is gone are gone")
}

func listsAre(t *rapid.T, s *Store, known oracle, where predicate) {
	var orders []testOrder
	text := where.text
	if chance(t, 2) {
		for i := range rapid.IntRange(1, 3).Draw(t, "orders") {
			order := testOrder{pick(t, filterable), rapid.Bool().Draw(t, "descending")}
			if hasWords(typeOfTest(order.name)) {
				continue
			}
			orders = append(orders, order)
			text += map[bool]string{true: " ORDER BY ", false: ", "}[len(orders) == 1 && i >= 0] + written(order.name) + map[bool]string{true: " DESC"}[order.descending]
		}
	}
	want := sorted(known.matching(where, !strings.Contains(text, "TemporalNamespaceDivision")), orders)
	query := Query{Filter: text, Attributes: testAttributes, Now: testNow}
	got := []string{}
	for {
		query.PageSize = rapid.SampledFrom([]int{0, 1, 2, 3, 7}).Draw(t, "size")
		page, err := s.List(t.Context(), query)
		require.NoError(t, err, text)
		if query.PageSize > 0 {
			require.LessOrEqual(t, len(page.Executions), query.PageSize)
		}
		got = append(got, runsOf(page.Executions)...)
		query.Now = testNow.AddDate(1, 0, 0) // what is relative stays as it was on the first page
		if query.Token = page.Next; len(page.Next) == 0 {
			break
		}
		require.NotEmpty(t, page.Executions)
	}
	require.Equal(t, want, got, text)
}

func runsOf(all []*workflowpb.WorkflowExecutionInfo) []string {
	runs := make([]string, len(all))
	for i, info := range all {
		runs[i] = info.Execution.RunId
	}
	return runs
}

func groupsAre(t *rapid.T, s *Store, known oracle, where predicate) {
	groupable := []string{"ExecutionStatus", "City", "Amount", "Paid", "WorkflowType", "Nobody", "ParentWorkflowId", "HistoryLength", "BatcherUser"}
	by := rapid.SliceOfNDistinct(rapid.SampledFrom(groupable), 0, 3, rapid.ID).Draw(t, "by")
	text := where.text
	if len(by) > 0 {
		text += " GROUP BY " + strings.Join(by, ", ")
	}
	matching := known.matching(where, !strings.Contains(text, "TemporalNamespaceDivision"))
	want := map[string]int64{}
	for _, e := range matching {
		want[groupOf(e, by)]++
	}
	counts, err := s.Count(t.Context(), Query{Filter: text, Attributes: testAttributes, Now: testNow})
	require.NoError(t, err, text)
	require.EqualValues(t, len(matching), counts.Total, text)
	if len(by) == 0 {
		require.Empty(t, counts.Groups)
		return
	}
	got := map[string]int64{}
	for i, group := range counts.Groups {
		key := ""
		for j, v := range group.Values {
			require.Equal(t, typeOfTest(by[j]).String(), string(v.Metadata["type"]))
			key += string(v.Data) + "\n"
		}
		got[key] = group.Count
		require.True(t, i == 0 || group.Count <= counts.Groups[i-1].Count, "the largest first")
	}
	require.Equal(t, want, got, text)
}

func groupOf(e *Execution, by []string) string {
	key := ""
	for _, name := range by {
		v := value(e, name)
		switch {
		case name == "ExecutionStatus":
			v = e.Status.String()
		case v == nil:
			key += "\n"
			continue
		}
		key += string(payloadOf(name, v).Data) + "\n"
	}
	return key
}
