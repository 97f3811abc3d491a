package index

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"pgregory.net/rapid"
)

// Few values, so that filters hit and orders have equals.
var (
	someTexts = []string{"", "a", "ab", "abc", "b", "B", "a%", "it's", `back\slash`, "zürich", "日本", "\u007f", "a b"}
	someNotes = []string{"Hello, World!", "the quick-brown FOX", "Straße 42, Köln", "hello again"}
	someTimes = []time.Time{
		testNow, testNow.Add(-time.Hour), testNow.Add(-time.Hour + 1), testNow.Add(-24 * time.Hour), testNow.Add(time.Minute), time.Unix(0, 1),
	}
	someCounts = []int64{0, 1, 2, 10, 1 << 40}
	someRatios = []float64{-1.5, 0, 0.25, 1, 3e10}
)

func pick[T any](t *rapid.T, from []T) T { return rapid.SampledFrom(from).Draw(t, "pick") }

func chance(t *rapid.T, in int) bool { return rapid.IntRange(1, in).Draw(t, "chance") == 1 }

func payloadOf(name string, v any) *commonpb.Payload {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return typedPayload(typeOfTest(name), string(data))
}

// anyAttributes are search attributes, some of them none to remove.
func anyAttributes(t *rapid.T, removals bool) map[string]*commonpb.Payload {
	all := map[string]*commonpb.Payload{}
	for _, name := range []string{"City", "Tags", "Note", "Amount", "Ratio", "Paid", "Due date", "BuildIds", "BatcherUser", "TemporalNamespaceDivision"} {
		if chance(t, 2) || name == "TemporalNamespaceDivision" && !chance(t, 4) {
			continue
		}
		var v any
		switch typeOfTest(name) {
		case enumspb.INDEXED_VALUE_TYPE_KEYWORD:
			v = pick(t, someTexts)
		case enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST:
			v = rapid.SliceOfN(rapid.SampledFrom(someTexts), 1, 3).Draw(t, "list")
		case enumspb.INDEXED_VALUE_TYPE_TEXT:
			v = pick(t, someNotes)
		case enumspb.INDEXED_VALUE_TYPE_INT:
			v = pick(t, someCounts)
		case enumspb.INDEXED_VALUE_TYPE_DOUBLE:
			v = pick(t, someRatios)
		case enumspb.INDEXED_VALUE_TYPE_BOOL:
			v = rapid.Bool().Draw(t, "bool")
		case enumspb.INDEXED_VALUE_TYPE_DATETIME:
			v = pick(t, someTimes)
		}
		all[name] = payloadOf(name, v)
		if removals && chance(t, 4) {
			all[name] = &commonpb.Payload{Metadata: map[string][]byte{"encoding": []byte("binary/null")}}
		}
	}
	return all
}

func anyMemo(t *rapid.T, removals bool) *commonpb.Memo {
	if chance(t, 2) {
		return nil
	}
	memo := &commonpb.Memo{Fields: map[string]*commonpb.Payload{}}
	for _, name := range []string{"x", "y"} {
		if chance(t, 2) {
			memo.Fields[name] = &commonpb.Payload{Data: []byte(pick(t, []string{"1", "2"}))}
		}
		if removals && chance(t, 3) {
			memo.Fields[name] = &commonpb.Payload{}
		}
	}
	return memo
}

func anyRun(t *rapid.T) *Execution {
	n := rapid.IntRange(0, 25).Draw(t, "run")
	e := &Execution{
		RunID: fmt.Sprintf("run-%02d", n), WorkflowID: someTexts[n%5], FirstRunID: fmt.Sprintf("run-%02d", n/2),
		Type: pick(t, someTexts), TaskQueue: pick(t, someTexts), Status: enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING,
		Start: pick(t, someTimes), Execution: pick(t, someTimes), Sequence: uint64(rapid.IntRange(0, 9).Draw(t, "sequence")),
		RootWorkflowID: pick(t, someTexts[1:]), RootRunID: fmt.Sprintf("run-%02d", n%3),
		SearchAttributes: anyAttributes(t, false), Memo: anyMemo(t, false),
	}
	if chance(t, 2) {
		e.ParentWorkflowID, e.ParentRunID = pick(t, someTexts[1:]), fmt.Sprintf("run-%02d", n%4)
	}
	if chance(t, 2) {
		e.Close, e.Status = pick(t, someTimes), pick(t, []enumspb.WorkflowExecutionStatus{2, 3, 4, 5, 6, 7})
		e.HistoryLength, e.HistorySize, e.StateTransitions = pick(t, someCounts), pick(t, someCounts), pick(t, someCounts)
	}
	return e
}

func anyChange(t *rapid.T) Change {
	c := Change{RunID: fmt.Sprintf("run-%02d", rapid.IntRange(0, 27).Draw(t, "run")), Sequence: uint64(rapid.IntRange(0, 15).Draw(t, "sequence"))}
	if chance(t, 2) {
		c.SearchAttributes = anyAttributes(t, true)
	}
	if chance(t, 3) {
		c.Memo = anyMemo(t, true)
	}
	if chance(t, 2) {
		c.Close, c.Status = pick(t, someTimes), pick(t, []enumspb.WorkflowExecutionStatus{2, 3, 4})
		c.HistoryLength, c.HistorySize, c.StateTransitions = pick(t, someCounts), pick(t, someCounts), pick(t, someCounts)
	}
	return c
}

func anyBatch(t *rapid.T) Batch {
	batch := Batch{
		Put:     rapid.SliceOfN(rapid.Custom(anyRun), 0, 25).Draw(t, "put"),
		Changes: rapid.SliceOfN(rapid.Custom(anyChange), 0, 10).Draw(t, "changes"),
	}
	if chance(t, 3) {
		batch.Delete = []string{fmt.Sprintf("run-%02d", rapid.IntRange(0, 27).Draw(t, "delete"))}
	}
	return batch
}

var filterable = []string{
	"WorkflowId", "RunId", "WorkflowType", "TaskQueue", "ExecutionStatus", "StartTime", "ExecutionTime", "CloseTime", "ExecutionDuration",
	"HistoryLength", "HistorySizeBytes", "StateTransitionCount", "ParentWorkflowId", "ParentRunId", "RootWorkflowId", "RootRunId",
	"City", "Tags", "Note", "Amount", "Ratio", "Paid", "Due date", "Nobody", "BuildIds", "BatcherUser", "TemporalNamespaceDivision",
}

func written(name string) string {
	if strings.Contains(name, " ") {
		return "`" + name + "`"
	}
	return name
}

func quoted(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", "''").Replace(text) + "'"
}

// anyValue is a value for an attribute, as it is written and as it is.
func anyValue(t *rapid.T, name string) (string, any) {
	switch name {
	case "ExecutionStatus":
		status := enumspb.WorkflowExecutionStatus(rapid.IntRange(1, 7).Draw(t, "status"))
		return pick(t, []string{quoted(status.String()), strconv.Itoa(int(status))}), int64(status)
	case "ExecutionDuration":
		d := pick(t, []time.Duration{0, time.Hour, time.Hour - 1, -time.Minute, 24 * time.Hour})
		return pick(t, []string{quoted(d.String()), strconv.FormatInt(int64(d), 10), quoted(strconv.FormatInt(int64(d), 10))}), int64(d)
	case "RunId", "ParentRunId", "RootRunId":
		run := fmt.Sprintf("run-%02d", rapid.IntRange(0, 27).Draw(t, "run"))
		return quoted(run), run
	}
	switch typeOfTest(name) {
	case enumspb.INDEXED_VALUE_TYPE_INT, enumspb.INDEXED_VALUE_TYPE_DOUBLE:
		if chance(t, 2) {
			ratio := pick(t, someRatios[:4])
			return strconv.FormatFloat(ratio, 'f', 2, 64), ratio
		}
		count := pick(t, someCounts)
		return strconv.FormatInt(count, 10), count
	case enumspb.INDEXED_VALUE_TYPE_BOOL:
		b := rapid.Bool().Draw(t, "bool")
		return strconv.FormatBool(b), b
	case enumspb.INDEXED_VALUE_TYPE_DATETIME:
		at := pick(t, someTimes)
		forms := []string{quoted(at.Format(time.RFC3339Nano)), strconv.FormatInt(at.UnixNano(), 10)}
		if d := at.Sub(testNow); d < 0 && d > -1000*time.Hour {
			forms = append(forms, quoted(d.String()), quoted("now"+d.String()))
		}
		return pick(t, forms), at.UnixNano()
	}
	text := pick(t, someTexts)
	return quoted(text), text
}

// anyLeaf compares one attribute.
func anyLeaf(t *rapid.T) predicate {
	name := pick(t, filterable)
	if chance(t, 8) {
		return anyNull(t, name)
	}
	switch typeOfTest(name) {
	case enumspb.INDEXED_VALUE_TYPE_TEXT:
		return anyWords(t, name)
	case enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST:
		return anyContains(t, name)
	case enumspb.INDEXED_VALUE_TYPE_KEYWORD:
		if name != "ExecutionStatus" && chance(t, 4) {
			return anyPrefix(t, name)
		}
	}
	switch rapid.IntRange(0, 3).Draw(t, "form") {
	case 0:
		return anyIn(t, name)
	case 1:
		if typeOfTest(name) != enumspb.INDEXED_VALUE_TYPE_BOOL {
			return anyBetween(t, name)
		}
	}
	text, want := anyValue(t, name)
	operator := pick(t, []string{"=", "!=", "<", "<=", ">", ">=", "<>"})
	return scalar(fmt.Sprintf("%s %s %s", written(name), operator, text), name, func(v any) bool {
		c := compare(v, want)
		switch operator {
		case "=":
			return c == 0
		case "<":
			return c < 0
		case "<=":
			return c <= 0
		case ">":
			return c > 0
		case ">=":
			return c >= 0
		}
		return c != 0
	})
}

// scalar is unknown of what has not the attribute.
func scalar(text, name string, holds func(any) bool) predicate {
	return predicate{text, func(e *Execution) tri {
		v := value(e, name)
		if v == nil {
			return unknown
		}
		return told(holds(v))
	}}
}

func anyNull(t *rapid.T, name string) predicate {
	if rapid.Bool().Draw(t, "null") {
		return predicate{written(name) + " IS NULL", func(e *Execution) tri { return told(value(e, name) == nil || isNone(value(e, name))) }}
	}
	return predicate{written(name) + " IS NOT NULL", func(e *Execution) tri { return told(value(e, name) != nil && !isNone(value(e, name))) }}
}

func isNone(v any) bool {
	words, are := v.([]string)
	return are && words == nil
}

func anyWords(t *rapid.T, name string) predicate {
	note := pick(t, []string{"WORLD", "fox hello", "quick, again?", "none", "köln", "Strasse", "brown-x"})
	not := rapid.Bool().Draw(t, "not")
	return predicate{written(name) + map[bool]string{true: " != ", false: " = "}[not] + quoted(note), func(e *Execution) tri {
		words, _ := value(e, name).([]string)
		found := slices.ContainsFunc(words, func(word string) bool {
			return slices.Contains(strings.FieldsFunc(strings.ToLower(note), func(r rune) bool { return strings.ContainsRune(" ,?-", r) }), word)
		})
		return told(found != not)
	}}
}

func anyContains(t *rapid.T, name string) predicate {
	wanted := rapid.SliceOfN(rapid.SampledFrom(someTexts), 1, 3).Draw(t, "wanted")
	operator := pick(t, []string{"=", "!=", "IN", "NOT IN"})
	text := written(name) + " " + operator + " "
	if strings.HasSuffix(operator, "=") {
		wanted = wanted[:1]
		text += quoted(wanted[0])
	} else {
		texts := make([]string, len(wanted))
		for i, w := range wanted {
			texts[i] = quoted(w)
		}
		text += "(" + strings.Join(texts, ", ") + ")"
	}
	return predicate{text, func(e *Execution) tri {
		words, _ := value(e, name).([]string)
		found := slices.ContainsFunc(words, func(word string) bool { return slices.Contains(wanted, word) })
		return told(found == (operator == "=" || operator == "IN"))
	}}
}

func anyPrefix(t *rapid.T, name string) predicate {
	prefix := pick(t, someTexts)
	not := rapid.Bool().Draw(t, "not")
	return scalar(written(name)+map[bool]string{true: " NOT STARTS_WITH "}[not]+map[bool]string{false: " STARTS_WITH "}[not]+quoted(prefix), name,
		func(v any) bool { return strings.HasPrefix(v.(string), prefix) != not })
}

func anyIn(t *rapid.T, name string) predicate {
	not := rapid.Bool().Draw(t, "not")
	var texts []string
	var values []any
	for range rapid.IntRange(1, 3).Draw(t, "values") {
		text, v := anyValue(t, name)
		texts, values = append(texts, text), append(values, v)
	}
	return scalar(written(name)+map[bool]string{true: " NOT IN (", false: " IN ("}[not]+strings.Join(texts, ", ")+")", name, func(v any) bool {
		return slices.ContainsFunc(values, func(w any) bool { return compare(v, w) == 0 }) != not
	})
}

func anyBetween(t *rapid.T, name string) predicate {
	not := rapid.Bool().Draw(t, "not")
	from, low := anyValue(t, name)
	to, high := anyValue(t, name)
	return scalar(written(name)+map[bool]string{true: " NOT BETWEEN ", false: " BETWEEN "}[not]+from+" AND "+to, name, func(v any) bool {
		return (compare(v, low) >= 0 && compare(v, high) <= 0) != not
	})
}

// anyPredicate joins conditions, fully bracketed.
func anyPredicate(t *rapid.T, depth int) predicate {
	if depth == 0 || chance(t, 3) {
		return anyLeaf(t)
	}
	a := anyPredicate(t, depth-1)
	switch rapid.IntRange(0, 4).Draw(t, "joint") {
	case 0:
		return predicate{"NOT (" + a.text + ")", func(e *Execution) tri { return -a.holds(e) }}
	case 1:
		b := anyPredicate(t, depth-1)
		return predicate{"(" + a.text + " OR " + b.text + ")", func(e *Execution) tri { return max(a.holds(e), b.holds(e)) }}
	}
	b := anyPredicate(t, depth-1)
	return predicate{a.text + " AND " + b.text, func(e *Execution) tri { return min(a.holds(e), b.holds(e)) }}
}
