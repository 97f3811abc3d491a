package machine_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"

	"github.com/perdure/perdure/api"
)

// Whoever reads a history finds each value's type beside it.
func TestSearchAttributesCarryTheirTypes(t *testing.T) {
	w := newWorld()
	w.types = api.SearchAttributeTypes{"K": enumspb.INDEXED_VALUE_TYPE_KEYWORD, "I": enumspb.INDEXED_VALUE_TYPE_INT}
	s := newScript(w)
	for _, line := range [][]string{
		{"start search-attribute=K"}, {"start-task"},
		{"complete-task", "  upsert I=7 TemporalChangeVersion=v,", "  continue-as-new search-attribute=K"},
	} {
		require.NotContains(t, s.do(parseCommand(line)), "FAULT")
		require.NoError(t, w.check())
	}
	kinds := func(a *commonpb.SearchAttributes) map[string]string {
		found := map[string]string{}
		for name, value := range a.GetIndexedFields() {
			found[name] = string(value.Metadata["type"])
		}
		return found
	}
	all := map[string]string{"K": "Keyword", "I": "Int", "TemporalChangeVersion": "KeywordList"}
	first, second := eventsOf(w.runs()[0]), eventsOf(w.runs()[1])
	require.Equal(t, map[string]string{"K": "Keyword"}, kinds(first[0].GetWorkflowExecutionStartedEventAttributes().SearchAttributes))
	require.Equal(t, map[string]string{"I": "Int", "TemporalChangeVersion": "KeywordList"}, kinds(first[4].GetUpsertWorkflowSearchAttributesEventAttributes().SearchAttributes))
	require.Equal(t, all, kinds(first[5].GetWorkflowExecutionContinuedAsNewEventAttributes().SearchAttributes))
	require.Equal(t, all, kinds(second[0].GetWorkflowExecutionStartedEventAttributes().SearchAttributes))
}

// A memo that grows without end would keep the next run from ever starting.
func TestMemoIsBounded(t *testing.T) {
	w := newWorld()
	w.maxReply = 400
	s := newScript(w)
	for _, line := range [][]string{{"start"}, {"start-task"}} {
		require.NotContains(t, s.do(parseCommand(line)), "FAULT")
	}
	large := make([]byte, 150)
	for i := range large {
		large[i] = 'x'
	}
	out := s.do(parseCommand([]string{"complete-task", "  memo a=" + string(large), "  memo b=" + string(large)}))
	require.Contains(t, out, "BadModifyWorkflowPropertiesAttributes: the memo has")
	require.NoError(t, w.check())
}
