package filter

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

var custom = map[string]enumspb.IndexedValueType{
	"City": enumspb.INDEXED_VALUE_TYPE_KEYWORD, "Tags": enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST, "Note": enumspb.INDEXED_VALUE_TYPE_TEXT,
	"Amount": enumspb.INDEXED_VALUE_TYPE_INT, "Ratio": enumspb.INDEXED_VALUE_TYPE_DOUBLE, "Paid": enumspb.INDEXED_VALUE_TYPE_BOOL,
	"Due": enumspb.INDEXED_VALUE_TYPE_DATETIME, "Größe in m": enumspb.INDEXED_VALUE_TYPE_INT, "a.b": enumspb.INDEXED_VALUE_TYPE_INT,
	"order": enumspb.INDEXED_VALUE_TYPE_INT, "Key": enumspb.INDEXED_VALUE_TYPE_INT, "Status": enumspb.INDEXED_VALUE_TYPE_KEYWORD,
}

// shown writes a filter again, fully bracketed and without what hides the service's own executions.
func shown(f *Filter) string {
	text := ""
	if parts, several := f.Where.(And); several && expr(parts[len(parts)-1]) == hidden {
		if text = expr(parts[:len(parts)-1]); len(parts) == 2 {
			text = expr(parts[0])
		}
	} else if where := expr(f.Where); where != hidden {
		text = where
	}
	for i, a := range f.GroupBy {
		text += map[bool]string{true: " group ", false: ", "}[i == 0] + a.Name
	}
	for i, o := range f.OrderBy {
		text += map[bool]string{true: " order ", false: ", "}[i == 0] + o.Name + map[bool]string{true: " desc"}[o.Descending]
	}
	return text
}

const hidden = "TemporalNamespaceDivision absent"

var operatorNames = []string{"=", "!=", "<", ">=", ">", "<=", "in", "not in", "between", "not between", "starts", "not starts", "absent", "present"}

func expr(e Expr) string {
	var parts []Expr
	joint := " & "
	switch e := e.(type) {
	case *Condition:
		text := e.Name + " " + operatorNames[e.Operator]
		for _, value := range e.Values {
			text += fmt.Sprintf(" %#v", value)
		}
		return text
	case And:
		parts = e
	case Or:
		parts, joint = e, " | "
	}
	texts := make([]string, len(parts))
	for i, part := range parts {
		texts[i] = expr(part)
	}
	return "(" + strings.Join(texts, joint) + ")"
}

func TestParse(t *testing.T) {
	start := now.UnixNano()
	for text, want := range map[string]string{
		"":                        "",
		"  ":                      "",
		"-- nothing":              "",
		"WorkflowId = 'a'":        `WorkflowId = "a"`,
		"WorkflowId = \"a\"":      `WorkflowId = "a"`,
		"`WorkflowId` = 'it''s'":  `WorkflowId = "it's"`,
		"WorkflowType != 'a\\'b'": `WorkflowType != "a'b"`,
		"(RunId = 'a')":           `RunId = "a"`,
		"ExecutionStatus = 'Running' AND TaskQueue='q' and City < 'x'":   `(ExecutionStatus = 1 & TaskQueue = "q" & City < "x")`,
		"ExecutionStatus = 2 OR ExecutionStatus IN ('TimedOut', 3)":      `(ExecutionStatus = 2 | ExecutionStatus in 7 3)`,
		"ExecutionStatus = 'WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW'": `ExecutionStatus = 6`,
		"NOT (City = 'a' AND (Amount > 1 OR Amount <= -3))":              `(City != "a" | (Amount <= 1 & Amount > -3))`,
		"NOT not City = 'a'":                                                           `City = "a"`,
		"NOT City IN ('a','b') AND NOT City NOT IN ('c')":                              `(City not in "a" "b" & City in "c")`,
		"City STARTS_WITH 'a%' OR NOT City STARTS_WITH 'b'":                            `(City starts "a%" | City not starts "b")`,
		"City NOT STARTS_WITH 'a'":                                                     `City not starts "a"`,
		"Amount BETWEEN 1 AND 5 AND NOT Amount BETWEEN 2 AND 3":                        `(Amount between 1 5 & Amount not between 2 3)`,
		"Amount NOT BETWEEN 1 AND 5 OR NOT Amount NOT BETWEEN 2 AND 2.5":               `(Amount not between 1 5 | Amount between 2 2.5)`,
		"CloseTime IS NULL AND NOT CloseTime IS NULL AND City is not null":             `(CloseTime absent & CloseTime present & City present)`,
		"NOT City IS NOT NULL":                                                         `City absent`,
		"Amount = 99999999999999999999":                                                `Amount = 1e+20`,
		"Ratio > -1.5e3 AND Ratio < .5":                                                `(Ratio > -1500 & Ratio < 0.5)`,
		"Paid = true AND Paid != FALSE":                                                `(Paid = true & Paid != false)`,
		"Paid IN (true)":                                                               `Paid in true`,
		"Tags = 'x' AND Tags NOT IN ('y', 'z')":                                        `(Tags = "x" & Tags not in "y" "z")`,
		"Note = 'Hello, world' AND NOT Note = 'x'":                                     `(Note = "Hello, world" & Note != "x")`,
		"`Größe in m` > 3":                                                             `Größe in m > 3`,
		"a.b = 1 AND `a.b` = 2":                                                        `(a.b = 1 & a.b = 2)`,
		"`order` = 1":                                                                  `order = 1`,
		"`Key` = 1 AND Status = 'y'":                                                   `(Key = 1 & Status = "y")`,
		"Status = 'x'":                                                                 `Status = "x"`,
		"StartTime > '2026-03-01T12:00:00Z'":                                           fmt.Sprintf("StartTime > %d", start),
		"StartTime > '2026-03-01T13:00:00.5+01:00'":                                    fmt.Sprintf("StartTime > %d", start+5e8),
		"StartTime = 1700000000000000000":                                              `StartTime = 1700000000000000000`,
		"StartTime > '-1h' AND Due < 'now'":                                            fmt.Sprintf("(StartTime > %d & Due < %d)", start-3600e9, start),
		"StartTime BETWEEN 'now-7d' AND 'now+1h30m'":                                   fmt.Sprintf("StartTime between %d %d", start-7*86400e9, start+5400e9),
		"StartTime > '-1d12h' OR StartTime < '+ 5m' OR Due = 'NOW - 5s'":               fmt.Sprintf("(StartTime > %d | StartTime < %d | Due = %d)", start-36*3600e9, start+300e9, start-5e9),
		"CloseTime < '9999-12-31T23:59:59Z' AND CloseTime > '0001-01-01T00:00:00Z'":    `(CloseTime < 9223372036854775807 & CloseTime > -9223372036854775808)`,
		"ExecutionDuration > 1000000 AND ExecutionDuration < '5'":                      `(ExecutionDuration > 1000000 & ExecutionDuration < 5)`,
		"ExecutionDuration BETWEEN '1h30m' AND '1d' OR ExecutionDuration = '01:02:03'": `(ExecutionDuration between 5400000000000 86400000000000 | ExecutionDuration = 3723000000000)`,
		"ExecutionDuration > '-1.5d'":                                                  `ExecutionDuration > -129600000000000`,
		"ORDER BY StartTime DESC, `City`":                                              ` order StartTime desc, City`,
		" \n order  by  StartTime":                                                     ` order StartTime`,
		"City = 'a' ORDER BY CloseTime ASC":                                            `City = "a" order CloseTime`,
		"GROUP BY ExecutionStatus, City, Amount":                                       ` group ExecutionStatus, City, Amount`,
		"Paid = true group by Paid":                                                    `Paid = true group Paid`,
		"BuildIds = 'v1' AND TemporalChangeVersion IN ('a')":                           `(BuildIds = "v1" & TemporalChangeVersion in "a")`,
		"ScheduledById = 's' AND TemporalWorkflowId = 'w'":                             `(TemporalScheduledById = "s" & WorkflowId = "w")`,
		"HistoryLength > 10 AND HistorySizeBytes < 5":                                  `(HistoryLength > 10 & HistorySizeBytes < 5)`,
		"TemporalSchedulePaused = true":                                                `TemporalSchedulePaused = true`,
		"TemporalNamespaceDivision = 'x'":                                              `TemporalNamespaceDivision = "x"`,
		"TemporalNamespaceDivision IS NULL":                                            ``,
		"City = 'a' GROUP BY TemporalNamespaceDivision":                                `City = "a" group TemporalNamespaceDivision`,
		"City = 'a' /* comment */ AND -- another\n Amount = 1":                         `(City = "a" & Amount = 1)`,
		"City = '' AND City STARTS_WITH ''":                                            `(City = "" & City starts "")`,
		"(City = 'a' OR City = 'b') AND (City = 'c' AND Amount = 1)":                   `((City = "a" | City = "b") & City = "c" & Amount = 1)`,
	} {
		t.Run(text, func(t *testing.T) {
			f, err := Parse(text, custom, now)
			require.NoError(t, err)
			require.Equal(t, want, shown(f))
		})
	}
}

func TestTheServicesOwnAreHidden(t *testing.T) {
	for text, isHidden := range map[string]bool{
		"": true, "City = 'a'": true, "City = 'a' OR City = 'b'": true, "City = 'TemporalNamespaceDivision'": true,
		"TemporalNamespaceDivision = 'x' OR City = 'a'": false, "NamespaceDivision IS NOT NULL": false, "GROUP BY TemporalNamespaceDivision": false,
		"ORDER BY TemporalNamespaceDivision": false,
	} {
		f, err := Parse(text, custom, now)
		require.NoError(t, err, text)
		parts, several := f.Where.(And)
		if !several {
			parts = And{f.Where}
		}
		require.Equal(t, isHidden, expr(parts[len(parts)-1]) == hidden, text)
	}
}

func TestFaults(t *testing.T) {
	for text, want := range map[string]string{
		"WorkflowTyp = 'x'":                      "at position 1, \"WorkflowTyp = 'x'\": there is no search attribute WorkflowTyp; did you mean WorkflowType?",
		"workflowid = 'x'":                       "there is no search attribute workflowid; did you mean WorkflowId?",
		"City = 'ä' AND Amuont > 5":              "at position 16, \"Amuont > 5\": there is no search attribute Amuont; did you mean Amount?",
		"Customer = 1":                           "perdure search-attribute add --name Customer --type TYPE",
		"City = 'Customer' AND Customer = 1":     "at position 23, \"Customer = 1\": there is no search attribute Customer",
		"City = Berlin":                          "at position 8, \"Berlin\": text stands in quotes: 'Berlin'",
		"City = NULL":                            "at position 8, \"NULL\": nothing is equal to NULL; whether City is there is asked by City IS NULL",
		"City":                                   "at position 1, \"City\": City is compared with nothing, such as in City = 'text'",
		"Amount = 1 AND Key = 1":                 "at position 16, \"Key = 1\": this is also a word of SQL; as the name of an attribute it stands in backticks: `Key`",
		"City =":                                 "it ends too early",
		"City = 'a' AND":                         "at position 12, \"AND\": it ends too early",
		"(City = 'a'))":                          "at position 13, \")\": this was not expected here",
		"(City = 'a'":                            "at position 1, \"(City = 'a'\": this ( is not closed",
		"(City = '(' AND (Amount = 1)":           "at position 1, \"(City = '(' AND (Amount = 1)\": this ( is not closed",
		"(Amount IN (1, 2":                       "at position 12, \"(1, 2\": this ( is not closed",
		"(City = 'a' AND":                        "at position 13, \"AND\": it ends too early",
		"City = 'a' City = 'b'":                  "at position 12, \"City = 'b'\": this was not expected here",
		"City == 'a'":                            "at position 6, \"== 'a'\": use one =",
		"City = 'a":                              "at position 8, \"'a\": the string is not closed",
		"`City = 'a'":                            "at position 1, \"`City = 'a'\": the name in backticks is empty or not closed",
		"City = ‘a’":                             "at position 8, \"‘a’\": this was not expected here; text stands in quotes",
		"Größe = 1":                              "at position 3, \"öße = 1\": this was not expected here",
		"City-2 = 'a'":                           "at position 1, \"City-2 = 'a'\": the name of an attribute is to stand here; one with other characters",
		"'a' = City":                             "at position 1, \"'a' = City\": the name of an attribute is to stand here",
		"lower(City) = 'a'":                      "at position 1, \"lower(City) = 'a'\": the name of an attribute is to stand here",
		"Amount = '5'":                           "at position 10, \"'5'\": Amount is of type Int and is compared with values such as 5",
		"Amount IN (1, 'x', 3)":                  "at position 15, \"'x', 3)\": Amount is of type Int",
		"Amount BETWEEN 1 AND 'x'":               "at position 22, \"'x'\": Amount is of type Int",
		"Amount IN 5":                            "this was not expected here",
		"City = ('a')":                           "one value is to stand here, such as City = 'text'",
		"City IN (SELECT 1)":                     "IN takes a list of values",
		"Amount = 0x1F":                          "at position 10, \"0x1F\": it is no value",
		"Amount = 1 + 2":                         "one value is to stand here",
		"Amount = 5x":                            "at position 10, \"5x\": it is no number",
		"Amount = :x":                            "it is no value",
		"Ratio = true":                           "Ratio is of type Double and is compared with values such as 1.5",
		"Paid = 1":                               "at position 8, \"1\": Paid is of type Bool and is compared with values such as true",
		"Paid = 'true'":                          "Paid is of type Bool",
		"City = 5":                               "City is of type Keyword and is compared with values such as 'text'",
		"Tags = 5":                               "Tags is of type KeywordList",
		"Tags > 'a'":                             "at position 1, \"Tags > 'a'\": Tags is of type KeywordList, which has no operator >; it has = (this is in it)",
		"Tags STARTS_WITH 'a'":                   "which has no operator starts_with",
		"Note IN ('a')":                          "Note is of type Text, which has no operator in; it has = (one of these words is in it)",
		"Note = '?!'":                            "Note is searched for words, and there is none in this text",
		"Paid BETWEEN true AND false":            "Paid is of type Bool, which has no operator between",
		"Amount STARTS_WITH '1'":                 "Amount is of type Int, which has no operator starts_with",
		"City LIKE 'a%'":                         "City is of type Keyword, which has no operator like; it has =, !=, <, <=, >, >=, IN, BETWEEN, STARTS_WITH",
		"City <=> 'a'":                           "which has no operator <=>",
		"City IS TRUE":                           "IS takes NULL or NOT NULL",
		"ExecutionStatus = 'Runing'":             "at position 19, \"'Runing'\": it is no status; there are Running, Completed, Failed, Canceled, Terminated, ContinuedAsNew, TimedOut, Paused; did you mean 'Running'?",
		"ExecutionStatus = 99":                   "it is no status",
		"ExecutionStatus = 4294967297":           "it is no status",
		"ExecutionStatus STARTS_WITH 'R'":        "ExecutionStatus is of type Keyword, which has no operator starts_with",
		"StartTime > 'yesterday'":                "at position 13, \"'yesterday'\": it is no time; there are '2026-01-31T10:00:00Z' (RFC3339)",
		"StartTime > '1h'":                       "it is no time",
		"StartTime > '--1h'":                     "it is no time",
		"StartTime > 1.5":                        "StartTime is of type Datetime",
		"ExecutionDuration > 'long'":             "it is no duration; there are '1h30m'",
		"ExecutionDuration > '1:60:00'":          "it is no duration",
		"ExecutionDuration > '999999999d'":       "it is no duration",
		"City = 'a' LIMIT 5":                     "at position 12, \"LIMIT 5\": a filter has no LIMIT: use --limit",
		"City = 'limit' ORDER BY City limit 5":   "at position 30, \"limit 5\": a filter has no LIMIT",
		"City = 'a' HAVING City = 'b'":           "only ORDER BY or GROUP BY can follow",
		"City = 'a' FOR UPDATE":                  "only ORDER BY or GROUP BY can follow",
		"City = 'a' UNION SELECT * FROM x":       "one condition, with ORDER BY or GROUP BY behind it",
		"City = 'a'; DROP TABLE runs":            "this was not expected here",
		"EXISTS (SELECT 1 FROM x)":               "a condition is ATTRIBUTE OPERATOR VALUE",
		"ORDER BY Note":                          "at position 10, \"Note\": ORDER BY takes attributes with one value that has an order; Note is of type Text",
		"ORDER BY Tags":                          "Tags is of type KeywordList",
		"ORDER BY 1":                             "at position 10, \"1\": the name of an attribute is to stand here",
		"ORDER BY Nothing":                       "at position 10, \"Nothing\": there is no search attribute Nothing",
		"GROUP BY StartTime":                     "GROUP BY takes attributes of type Keyword, Int or Bool; StartTime is of type Datetime",
		"GROUP BY Tags":                          "Tags is of type KeywordList",
		"ORDER BY":                               "it ends too early",
		strings.Repeat("NOT ", 300) + "City='a'": "too many within each other",
		strings.Repeat("City='a' AND ", 1200) + "City='a'":          "too many within each other",
		"City IN (" + strings.Repeat("'a',", 10_001) + "'b')":       "a filter compares with at most 10000 values",
		"City = '" + strings.Repeat("x", 70_000) + "'":              "it has 70009 bytes, and may have 65536",
		"City = '" + strings.Repeat("x", 100) + "' AND Citty = 'b'": "at position 115, \"Citty = 'b'\": there is no search attribute Citty; did you mean City?",
		"Amount = '" + strings.Repeat("x", 100) + "'":               "at position 10, \"'" + strings.Repeat("x", 39) + "...\"",
		"NamespaceId = 'x'": "there is no search attribute NamespaceId",
		"Due = 'now-'":      "it is no time",
		"City = 'a' OR (Amount = 1 AND City = 'b' AND Amount = 'City')": "at position 55, \"'City')\": Amount is of type Int",
	} {
		t.Run(text[:min(len(text), 60)], func(t *testing.T) {
			_, err := Parse(text, custom, now)
			var argument *serviceerror.InvalidArgument
			require.ErrorAs(t, err, &argument)
			require.ErrorContains(t, err, "invalid filter: ")
			require.ErrorContains(t, err, want)
		})
	}
}

// What an error shows of a filter is short: it travels in headers. And what SQLite could not do is refused before.
func TestFaultsAreShort(t *testing.T) {
	long := strings.Repeat("x", 60_000)
	terms := strings.Repeat("StartTime, ", maxTerms) + "StartTime"
	for text, want := range map[string]string{
		"`" + long + "` = 1":   "there is no search attribute",
		"WorkflowId = " + long: "text stands in quotes",
		"ORDER BY " + terms:    "take at most 32",
		"GROUP BY " + terms:    "take at most 32",
	} {
		_, err := Parse(text, custom, now)
		var invalid *serviceerror.InvalidArgument
		require.ErrorAs(t, err, &invalid)
		require.ErrorContains(t, err, want)
		require.Less(t, len(err.Error()), 500)
	}
}

func TestWords(t *testing.T) {
	require.Equal(t, []string{"42", "café", "hello", "straße"}, Words("Hello, HELLO-42 (Straße) café!"))
	require.Empty(t, Words(" .,- "))
}

// FuzzParse: whatever the text, there is a filter or InvalidArgument, and no panic.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "City = 'a' AND NOT (Amount > 5 OR Tags IN ('x','y')) ORDER BY StartTime DESC", "GROUP BY ExecutionStatus", "`a.b` BETWEEN 1 AND 2",
		"StartTime > 'now-1h'", "Note = 'a b'", "City STARTS_WITH 'x'", "'", "`", "/*", "a.b.c = 1", "ExecutionDuration > '1d-2h'", "\x00City='a'", "City = 'a\\",
		"(((City IS NULL", "Paid = true; x", "x'0", "b'2'", "1e5 = City", ":::a", "City = 'a' ORDER BY NULL", "City IN ()", "@@x.y = 1", "CASE WHEN 1 THEN 2 END",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := Parse(text, custom, now)
		if err == nil {
			require.NotNil(t, parsed)
			return
		}
		var argument *serviceerror.InvalidArgument
		require.ErrorAs(t, err, &argument)
	})
}
