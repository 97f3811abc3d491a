package index

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
)

// Three runs: an open one with all custom attributes, a failed child, and a completed one with what SDKs and the service set.
func threeRuns() Batch {
	attribute := func(name string, t enumspb.IndexedValueType, json string) *commonpb.Payload {
		_ = name
		return typedPayload(t, json)
	}
	return Batch{Put: []*Execution{
		{
			WorkflowID: "order-1", RunID: "r1", Type: "order", TaskQueue: "orders", Status: enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING,
			Start: testNow.Add(-time.Hour), Execution: testNow.Add(-30 * time.Minute),
			SearchAttributes: map[string]*commonpb.Payload{
				"City": payloadOf("City", "Köln"), "Tags": payloadOf("Tags", []string{"vip", "Eu"}), "Note": payloadOf("Note", "the quick-brown FOX"),
				"Amount": payloadOf("Amount", 12), "Ratio": payloadOf("Ratio", 0.5), "Paid": payloadOf("Paid", true), "Due date": payloadOf("Due date", testNow),
			},
		},
		{
			WorkflowID: "parcel-7", RunID: "r2", Type: "parcel", TaskQueue: "parcels", Status: enumspb.WORKFLOW_EXECUTION_STATUS_FAILED,
			Start: testNow.Add(-2 * time.Hour), Close: testNow.Add(-90 * time.Minute), HistoryLength: 20, HistorySize: 3000, StateTransitions: 9,
			ParentWorkflowID: "order-1", ParentRunID: "r1", RootWorkflowID: "order-1", RootRunID: "r1",
			SearchAttributes: map[string]*commonpb.Payload{"City": payloadOf("City", "köln"), "Amount": payloadOf("Amount", -3)},
		},
		{
			WorkflowID: "batch", RunID: "r3", Type: "batch", TaskQueue: "batches", Status: enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED,
			Start: testNow.Add(-48 * time.Hour), Close: testNow.Add(-24 * time.Hour), HistoryLength: 300, HistorySize: 90000, StateTransitions: 40,
			SearchAttributes: map[string]*commonpb.Payload{
				"BuildIds":                             attribute("BuildIds", enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST, `["unversioned","v1"]`),
				"TemporalChangeVersion":                attribute("", enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST, `["change-1"]`),
				"BinaryChecksums":                      attribute("", enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST, `["sum"]`),
				"BatcherNamespace":                     attribute("", enumspb.INDEXED_VALUE_TYPE_KEYWORD, `"ns"`),
				"BatcherUser":                          {Metadata: map[string][]byte{"encoding": []byte("json/plain")}, Data: []byte(`"me"`)},
				"TemporalScheduledStartTime":           attribute("", enumspb.INDEXED_VALUE_TYPE_DATETIME, `"2026-03-01T11:00:00Z"`),
				"TemporalScheduledById":                attribute("", enumspb.INDEXED_VALUE_TYPE_KEYWORD, `"s"`),
				"TemporalSchedulePaused":               attribute("", enumspb.INDEXED_VALUE_TYPE_BOOL, `false`),
				"TemporalPauseInfo":                    attribute("", enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST, `["Activity:x"]`),
				"TemporalReportedProblems":             attribute("", enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST, `["category=WorkflowTaskFailed"]`),
				"TemporalWorkerDeployment":             attribute("", enumspb.INDEXED_VALUE_TYPE_KEYWORD, `"d"`),
				"TemporalWorkerDeploymentVersion":      attribute("", enumspb.INDEXED_VALUE_TYPE_KEYWORD, `"d:1"`),
				"TemporalUsedWorkerDeploymentVersions": attribute("", enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST, `["d:0","d:1"]`),
				"TemporalWorkflowVersioningBehavior":   attribute("", enumspb.INDEXED_VALUE_TYPE_KEYWORD, `"Pinned"`),
				"TemporalExternalPayloadCount":         attribute("", enumspb.INDEXED_VALUE_TYPE_INT, `3`),
				"TemporalExternalPayloadSizeBytes":     attribute("", enumspb.INDEXED_VALUE_TYPE_INT, `4096`),
			},
		},
		{
			WorkflowID: "own", RunID: "r4", Type: "own", TaskQueue: "own", Status: enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, Start: testNow,
			SearchAttributes: map[string]*commonpb.Payload{"TemporalNamespaceDivision": attribute("", enumspb.INDEXED_VALUE_TYPE_KEYWORD, `"TemporalScheduler"`)},
		},
	}}
}

func TestFilters(t *testing.T) {
	s := opened(t, Config{})
	require.NoError(t, s.Apply(t.Context(), threeRuns()))
	for filter, want := range map[string]string{
		"":                                                "r1 r2 r3",
		"WorkflowId = 'order-1'":                          "r1",
		"WorkflowId = 'Order-1'":                          "",
		"WorkflowId != 'order-1'":                         "r2 r3",
		"WorkflowId <> 'order-1'":                         "r2 r3",
		"WorkflowId IN ('order-1', 'batch')":              "r1 r3",
		"WorkflowId NOT IN ('order-1', 'batch')":          "r2",
		"WorkflowId STARTS_WITH 'o'":                      "r1",
		"WorkflowId NOT STARTS_WITH 'o'":                  "r2 r3",
		"WorkflowId BETWEEN 'b' AND 'p'":                  "r1 r3",
		"WorkflowId > 'order-1'":                          "r2",
		"RunId = 'r2'":                                    "r2",
		"RunId >= 'r2' AND RunId < 'r3'":                  "r2",
		"WorkflowType = 'parcel'":                         "r2",
		"TaskQueue = 'batches'":                           "r3",
		"ExecutionStatus = 'Running'":                     "r1",
		"ExecutionStatus = 3":                             "r2",
		"ExecutionStatus = \"Completed\"":                 "r3",
		"ExecutionStatus != 'Running'":                    "r2 r3",
		"ExecutionStatus IN ('Failed', 'Completed')":      "r2 r3",
		"StartTime > '-90m'":                              "r1",
		"StartTime = '2026-03-01T11:00:00Z'":              "r1",
		"StartTime BETWEEN 'now-1d' AND '-1h'":            "r1 r2",
		"StartTime NOT BETWEEN 'now-1d' AND '-1h'":        "r3",
		"StartTime < 1772280000000000000":                 "r3",
		"ExecutionTime > '-31m'":                          "r1",
		"CloseTime IS NULL":                               "r1",
		"CloseTime IS NOT NULL":                           "r2 r3",
		"CloseTime > '-2h'":                               "r2",
		"CloseTime < 'now'":                               "r2 r3",
		"NOT CloseTime > '-2h'":                           "r3",
		"CloseTime != '2026-02-28T12:00:00Z'":             "r2",
		"CloseTime IN ('2026-02-28T12:00:00Z')":           "r3",
		"ExecutionDuration = '30m'":                       "r2",
		"ExecutionDuration >= '24:00:00'":                 "r3",
		"ExecutionDuration < 1800000000001":               "r2",
		"ExecutionDuration IS NULL":                       "r1",
		"HistoryLength > 20":                              "r3",
		"HistoryLength <= 20":                             "r2",
		"HistoryLength IS NULL":                           "r1",
		"HistorySizeBytes BETWEEN 3000 AND 4000":          "r2",
		"StateTransitionCount = 40":                       "r3",
		"ParentWorkflowId = 'order-1'":                    "r2",
		"ParentWorkflowId IS NULL":                        "r1 r3",
		"ParentWorkflowId != 'x'":                         "r2",
		"ParentRunId = 'r1'":                              "r2",
		"RootWorkflowId = 'order-1'":                      "r1 r2",
		"RootRunId = 'r1'":                                "r1 r2",
		"City = 'Köln'":                                   "r1",
		"City != 'Köln'":                                  "r2",
		"NOT City = 'Köln'":                               "r2",
		"City IS NULL":                                    "r3",
		"City != 'Köln' OR City IS NULL":                  "r2 r3",
		"City IN ('Köln', 'köln')":                        "r1 r2",
		"City STARTS_WITH 'K'":                            "r1",
		"Tags = 'vip'":                                    "r1",
		"Tags = 'VIP'":                                    "",
		"Tags = 'vi'":                                     "",
		"Tags != 'vip'":                                   "r2 r3",
		"NOT Tags = 'vip'":                                "r2 r3",
		"Tags IN ('Eu', 'x')":                             "r1",
		"Tags NOT IN ('Eu', 'x')":                         "r2 r3",
		"Tags IS NULL":                                    "r2 r3",
		"Note = 'fox'":                                    "r1",
		"Note = 'Brown bear'":                             "r1",
		"Note = 'bro'":                                    "",
		"Note != 'fox'":                                   "r2 r3",
		"Note IS NOT NULL":                                "r1",
		"Amount = 12":                                     "r1",
		"Amount < 0.5":                                    "r2",
		"Amount != 12":                                    "r2",
		"Amount IN (12, -3)":                              "r1 r2",
		"Amount NOT BETWEEN 0 AND 20":                     "r2",
		"Ratio >= 0.5":                                    "r1",
		"Ratio = .5":                                      "r1",
		"Paid = true":                                     "r1",
		"Paid != true":                                    "",
		"Paid = false OR Paid IS NULL":                    "r2 r3",
		"`Due date` <= 'now'":                             "r1",
		"`Due date` = '2026-03-01T13:00:00+01:00'":        "r1",
		"Nobody = 'x'":                                    "",
		"Nobody != 'x'":                                   "",
		"Nobody IS NULL":                                  "r1 r2 r3",
		"BuildIds = 'v1'":                                 "r3",
		"TemporalChangeVersion = 'change-1'":              "r3",
		"BinaryChecksums = 'sum'":                         "r3",
		"BatcherNamespace = 'ns'":                         "r3",
		"BatcherUser = 'me'":                              "r3",
		"TemporalScheduledStartTime = '-1h'":              "r3",
		"TemporalScheduledById = 's'":                     "r3",
		"TemporalSchedulePaused = false":                  "r3",
		"TemporalPauseInfo = 'Activity:x'":                "r3",
		"TemporalReportedProblems IS NOT NULL":            "r3",
		"TemporalWorkerDeployment = 'd'":                  "r3",
		"TemporalWorkerDeploymentVersion = 'd:1'":         "r3",
		"TemporalUsedWorkerDeploymentVersions = 'd:0'":    "r3",
		"TemporalWorkflowVersioningBehavior = 'Pinned'":   "r3",
		"TemporalExternalPayloadCount > 2":                "r3",
		"TemporalExternalPayloadSizeBytes = 4096":         "r3",
		"TemporalNamespaceDivision = 'TemporalScheduler'": "r4",
		"TemporalNamespaceDivision IS NULL":               "r1 r2 r3",
		"TemporalNamespaceDivision IS NOT NULL OR WorkflowId = 'batch'": "r4 r3",
		"WorkflowId = 'own'": "",
		"City = 'Köln' AND (Amount > 100 OR Tags = 'vip')":     "r1",
		"NOT (City = 'Köln' AND Amount = 12)":                  "r2",
		"NOT (City = 'Köln' OR ExecutionStatus = 'Completed')": "r2",
		"ORDER BY StartTime":                                   "r3 r2 r1",
		"ORDER BY CloseTime DESC":                              "r2 r3 r1",
		"ORDER BY CloseTime":                                   "r3 r2 r1",
		"ORDER BY Amount":                                      "r2 r1 r3",
		"ORDER BY Amount DESC":                                 "r1 r2 r3",
		"ORDER BY Paid, WorkflowId":                            "r1 r3 r2",
		"ORDER BY Nobody":                                      "r1 r2 r3",
		"HistoryLength > 1 ORDER BY TaskQueue DESC":            "r2 r3",
		"ORDER BY ExecutionStatus DESC":                        "r2 r3 r1",
	} {
		for _, few := range []int{fewRuns, 0} {
			s.few = few
			page, err := s.List(t.Context(), Query{Filter: filter, Attributes: testAttributes, Now: testNow})
			require.NoError(t, err, filter)
			require.Equal(t, want, strings.Join(runsOf(page.Executions), " "), filter)
			if !strings.Contains(filter, "ORDER BY") {
				require.EqualValues(t, len(page.Executions), total(t, s, filter), filter)
			}
		}
	}
}

func TestGroups(t *testing.T) {
	s := opened(t, Config{})
	require.NoError(t, s.Apply(t.Context(), threeRuns()))
	require.NoError(t, s.Apply(t.Context(), many(3)))
	counts, err := s.Count(t.Context(), Query{Filter: "GROUP BY ExecutionStatus, Paid", Attributes: testAttributes})
	require.NoError(t, err)
	require.EqualValues(t, 6, counts.Total)
	var shown []string
	for _, group := range counts.Groups {
		line := ""
		for _, value := range group.Values {
			line += fmt.Sprintf("%s %s %s, ", value.Metadata["type"], value.Metadata["encoding"], value.Data)
		}
		shown = append(shown, line+fmt.Sprint(group.Count))
	}
	require.Equal(t, []string{
		`Keyword json/plain "Running", Bool binary/null , 3`,
		`Keyword json/plain "Running", Bool json/plain true, 1`,
		`Keyword json/plain "Completed", Bool binary/null , 1`,
		`Keyword json/plain "Failed", Bool binary/null , 1`,
	}, shown)

	require.NoError(t, s.Apply(t.Context(), many(1200)))
	_, err = s.Count(t.Context(), Query{Filter: "GROUP BY RunId"})
	refused(t, err, "it makes more than 1000 groups")
	_, err = s.List(t.Context(), Query{Filter: "GROUP BY RunId"})
	refused(t, err, "GROUP BY is for counting")
	_, err = s.Count(t.Context(), Query{Filter: "Citty = 1"})
	refused(t, err, "there is no search attribute Citty")
	require.EqualValues(t, 1, total(t, s, "City = 'Köln' ORDER BY StartTime"), "an order means nothing for counting")
}

func refused(t *testing.T, err error, want string) {
	t.Helper()
	var argument *serviceerror.InvalidArgument
	require.ErrorAs(t, err, &argument)
	require.ErrorContains(t, err, want)
}

// What the index cannot read is shown, and not found; what has no type is taken for what it looks like.
func TestOddAttributes(t *testing.T) {
	s := opened(t, Config{})
	untyped := func(json string) *commonpb.Payload {
		return &commonpb.Payload{Metadata: map[string][]byte{"encoding": []byte("json/plain")}, Data: []byte(json)}
	}
	row := started(1)
	row.SearchAttributes = map[string]*commonpb.Payload{
		"City": untyped(`"x"`), "Tags": untyped(`["y"]`), "Amount": untyped(`5`), "Ratio": untyped(`5.5`), "Paid": untyped(`true`),
		"Broken": typedPayload(enumspb.INDEXED_VALUE_TYPE_INT, `"no number"`), "Strange": {Data: []byte{0xff}}, "Nil": nil,
		"WorkflowId": untyped(`"not this"`), "Twice": typedPayload(enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST, `["a","a"]`),
	}
	require.NoError(t, s.Apply(t.Context(), Batch{Put: []*Execution{row}}))
	attributes := map[string]enumspb.IndexedValueType{"Broken": enumspb.INDEXED_VALUE_TYPE_INT, "Strange": enumspb.INDEXED_VALUE_TYPE_KEYWORD, "Twice": enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST}
	for name, t := range testAttributes {
		attributes[name] = t
	}
	list := func(filter string) int {
		page, err := s.List(t.Context(), Query{Filter: filter, Attributes: attributes})
		require.NoError(t, err, filter)
		for _, info := range page.Executions {
			require.Equal(t, "Keyword", string(info.SearchAttributes.IndexedFields["City"].Metadata["type"]), "the type is that of the namespace")
			require.Equal(t, []byte{0xff}, info.SearchAttributes.IndexedFields["Strange"].Data)
		}
		return len(page.Executions)
	}
	require.Equal(t, 1, list("City = 'x' AND Tags = 'y' AND Amount = 5 AND Ratio = 5.5 AND Paid = true AND Broken IS NULL AND Twice = 'a' AND WorkflowId = 'w-1'"))
	require.Equal(t, 0, list("Strange = 'x' OR WorkflowId = 'not this'"))
	attributes["City"] = enumspb.INDEXED_VALUE_TYPE_INT
	page, err := s.List(t.Context(), Query{Filter: "City = 5", Attributes: attributes})
	require.NoError(t, err)
	require.Empty(t, page.Executions, "an attribute that was added again with another type has no values yet")
}

// Large filters are answered, too.
func TestLargeFilters(t *testing.T) {
	s := opened(t, Config{})
	require.NoError(t, s.Apply(t.Context(), threeRuns()))
	values := strings.TrimSuffix(strings.Repeat("'v', ", 5000), ", ")
	for filter, want := range map[string]int{
		"WorkflowId = 'order-1'" + strings.Repeat(" OR WorkflowId = 'x'", 900):  1,
		"Tags = 'vip'" + strings.Repeat(" AND Tags != 'x'", 900):                1,
		"Tags = 'vip'" + strings.Repeat(" AND Tags = 'Eu'", 900):                1,
		"City IN (" + values + ", 'Köln')":                                      1,
		"Tags NOT IN (" + values + ", 'vip')":                                   2,
		strings.Repeat("NOT (", 90) + "City = 'Köln'" + strings.Repeat(")", 90): 1,
		"Note = '" + strings.Repeat("many words ", 3000) + "fox'":               1,
	} {
		page, err := s.List(t.Context(), Query{Filter: filter, Attributes: testAttributes})
		require.NoError(t, err, filter[:40])
		require.Len(t, page.Executions, want, filter[:40])
	}
}

// FuzzList: every filter is answered, or refused as one.
func FuzzList(f *testing.F) {
	s, err := Open(f.Context(), Config{})
	require.NoError(f, err)
	f.Cleanup(func() { require.NoError(f, s.Close()) })
	require.NoError(f, s.Apply(f.Context(), threeRuns()))
	for _, filter := range []string{
		"City = 'Köln' AND NOT (Amount > 5 OR Tags IN ('x','y')) ORDER BY StartTime DESC, Amount", "GROUP BY ExecutionStatus, Paid", "Note = 'a fox' OR Note != 'b'",
		"CloseTime BETWEEN '-1h' AND 'now'", "City STARTS_WITH '\xff'", "City NOT STARTS_WITH ''", "`Due date` IS NULL ORDER BY `Due date`", "Nobody IN ('a') GROUP BY Nobody",
	} {
		f.Add(filter, []byte(nil))
		f.Add(filter, []byte(`{"f":1,"n":5,"k":[{"i":1},{"t":"eA=="},{},{"r":1.5}]}`))
	}
	f.Fuzz(func(t *testing.T, filter string, token []byte) {
		query := Query{Filter: filter, Attributes: testAttributes, Now: testNow, PageSize: 2, Token: token}
		_, listed := s.List(t.Context(), query)
		_, counted := s.Count(t.Context(), query)
		for _, err := range []error{listed, counted} {
			var argument *serviceerror.InvalidArgument
			if err != nil {
				require.ErrorAs(t, err, &argument)
			}
		}
	})
}
