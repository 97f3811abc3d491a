package index

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"google.golang.org/protobuf/proto"
)

// What the index does, done the simple way: executions in a map, filters as functions in three-valued logic.

var testNow = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

var testAttributes = map[string]enumspb.IndexedValueType{
	"City": enumspb.INDEXED_VALUE_TYPE_KEYWORD, "Tags": enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST, "Note": enumspb.INDEXED_VALUE_TYPE_TEXT,
	"Amount": enumspb.INDEXED_VALUE_TYPE_INT, "Ratio": enumspb.INDEXED_VALUE_TYPE_DOUBLE, "Paid": enumspb.INDEXED_VALUE_TYPE_BOOL,
	"Due date": enumspb.INDEXED_VALUE_TYPE_DATETIME, "Nobody": enumspb.INDEXED_VALUE_TYPE_KEYWORD,
}

// typeOfTest is the type of every attribute that the tests use.
func typeOfTest(name string) enumspb.IndexedValueType {
	if t, custom := testAttributes[name]; custom {
		return t
	}
	switch name {
	case "StartTime", "CloseTime", "ExecutionTime":
		return enumspb.INDEXED_VALUE_TYPE_DATETIME
	case "HistoryLength", "HistorySizeBytes", "StateTransitionCount", "ExecutionDuration":
		return enumspb.INDEXED_VALUE_TYPE_INT
	case "BuildIds":
		return enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST
	}
	return enumspb.INDEXED_VALUE_TYPE_KEYWORD
}

// oracle is what is known of runs.
type oracle map[string]*Execution

func (o oracle) apply(batch Batch) {
	for _, row := range batch.Put {
		old := o[row.RunID]
		if old == nil {
			o[row.RunID] = clone(row)
			continue
		}
		wasClosed, isClosed := !old.Close.IsZero(), !row.Close.IsZero()
		if isClosed && !wasClosed || isClosed == wasClosed && row.Sequence > old.Sequence {
			sequence := max(old.Sequence, row.Sequence)
			o[row.RunID] = clone(row)
			o[row.RunID].Sequence = sequence
		}
	}
	for _, c := range batch.Changes {
		if row := o[c.RunID]; row != nil && c.Sequence > row.Sequence {
			o.change(row, c)
		}
	}
	for _, run := range batch.Delete {
		delete(o, run)
	}
}

func (oracle) change(row *Execution, c Change) {
	row.Sequence = c.Sequence
	row.Status = cmp.Or(c.Status, row.Status)
	if !c.Close.IsZero() {
		row.Close = c.Close
	}
	row.HistoryLength = cmp.Or(c.HistoryLength, row.HistoryLength)
	row.HistorySize = cmp.Or(c.HistorySize, row.HistorySize)
	row.StateTransitions = cmp.Or(c.StateTransitions, row.StateTransitions)
	for name, payload := range c.SearchAttributes {
		if row.SearchAttributes == nil {
			row.SearchAttributes = map[string]*commonpb.Payload{}
		}
		row.SearchAttributes[name] = payload
		if len(payload.Data) == 0 {
			delete(row.SearchAttributes, name)
		}
	}
	for name, payload := range c.Memo.GetFields() {
		if row.Memo.GetFields() == nil {
			row.Memo = &commonpb.Memo{Fields: map[string]*commonpb.Payload{}}
		}
		row.Memo.Fields[name] = payload
		if len(payload.Data) == 0 {
			delete(row.Memo.Fields, name)
		}
	}
}

func clone(e *Execution) *Execution {
	c := *e
	c.Memo = proto.CloneOf(e.Memo)
	c.SearchAttributes = map[string]*commonpb.Payload{}
	for name, payload := range e.SearchAttributes {
		c.SearchAttributes[name] = payload
	}
	return &c
}

// value is what an execution has of an attribute: nil, string, int64, float64, bool, or []string for words and keywords.
func value(e *Execution, name string) any {
	orNil := func(text string) any {
		if text == "" {
			return nil
		}
		return text
	}
	count := func(n int64) any {
		if n == 0 {
			return nil
		}
		return n
	}
	switch name {
	case "WorkflowId":
		return e.WorkflowID
	case "RunId":
		return e.RunID
	case "WorkflowType":
		return e.Type
	case "TaskQueue":
		return e.TaskQueue
	case "ExecutionStatus":
		return int64(e.Status)
	case "StartTime":
		return e.Start.UnixNano()
	case "ExecutionTime":
		return e.Execution.UnixNano()
	case "CloseTime":
		if e.Close.IsZero() {
			return nil
		}
		return e.Close.UnixNano()
	case "ExecutionDuration":
		if e.Close.IsZero() {
			return nil
		}
		return int64(e.Close.Sub(e.Execution))
	case "HistoryLength":
		return count(e.HistoryLength)
	case "HistorySizeBytes":
		return count(e.HistorySize)
	case "StateTransitionCount":
		return count(e.StateTransitions)
	case "ParentWorkflowId":
		return orNil(e.ParentWorkflowID)
	case "ParentRunId":
		return orNil(e.ParentRunID)
	case "RootWorkflowId":
		return e.RootWorkflowID
	case "RootRunId":
		return e.RootRunID
	}
	return attributeValue(name, e.SearchAttributes[name])
}

func attributeValue(name string, payload *commonpb.Payload) any {
	if payload == nil {
		return nil
	}
	var v any
	decoder := json.NewDecoder(strings.NewReader(string(payload.Data)))
	decoder.UseNumber()
	if decoder.Decode(&v) != nil {
		return nil
	}
	switch typeOfTest(name) {
	case enumspb.INDEXED_VALUE_TYPE_INT:
		n, _ := v.(json.Number).Int64()
		return n
	case enumspb.INDEXED_VALUE_TYPE_DOUBLE:
		f, _ := v.(json.Number).Float64()
		return f
	case enumspb.INDEXED_VALUE_TYPE_DATETIME:
		t, _ := time.Parse(time.RFC3339Nano, v.(string))
		return t.UnixNano()
	case enumspb.INDEXED_VALUE_TYPE_TEXT:
		return noteWords[v.(string)]
	case enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST:
		var words []string
		for _, word := range v.([]any) {
			words = append(words, word.(string))
		}
		return words
	}
	return v
}

// noteWords are the texts of the tests, with their words.
var noteWords = map[string][]string{
	"Hello, World!": {"hello", "world"}, "the quick-brown FOX": {"the", "quick", "brown", "fox"},
	"Straße 42, Köln": {"straße", "42", "köln"}, "hello again": {"hello", "again"},
}

// compare is the order of two values of a kind.
func compare(a, b any) int {
	switch a := a.(type) {
	case string:
		return strings.Compare(a, b.(string))
	case bool:
		return compare(truth(a), truth(b.(bool)))
	case int64:
		if b, is := b.(int64); is {
			return cmp.Compare(a, b)
		}
		return cmp.Compare(float64(a), b.(float64))
	case float64:
		if b, is := b.(int64); is {
			return cmp.Compare(a, float64(b))
		}
		return cmp.Compare(a, b.(float64))
	}
	panic(fmt.Sprintf("no order of %T", a))
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// tri is false, unknown or true.
type tri int

const (
	no tri = iota - 1
	unknown
	yes
)

func told(b bool) tri {
	if b {
		return yes
	}
	return no
}

// predicate is a filter's condition as text, and what it means.
type predicate struct {
	text  string
	holds func(*Execution) tri
}

func (o oracle) matching(p predicate, hideOwn bool) []*Execution {
	var all []*Execution
	for _, e := range o {
		if p.holds(e) == yes && !(hideOwn && value(e, "TemporalNamespaceDivision") != nil) {
			all = append(all, e)
		}
	}
	return all
}

type testOrder struct {
	name       string
	descending bool
}

// sorted are executions in an order, and then in that of lists.
func sorted(all []*Execution, orders []testOrder) []string {
	slices.SortFunc(all, func(a, b *Execution) int {
		for _, order := range orders {
			x, y := value(a, order.name), value(b, order.name)
			switch {
			case x == nil && y == nil:
				continue
			case x == nil:
				return 1
			case y == nil:
				return -1
			}
			if c := compare(x, y); c != 0 {
				if order.descending {
					return -c
				}
				return c
			}
		}
		if a.Close.IsZero() != b.Close.IsZero() {
			if a.Close.IsZero() {
				return -1
			}
			return 1
		}
		return cmp.Or(b.Close.Compare(a.Close), b.Start.Compare(a.Start), strings.Compare(a.RunID, b.RunID))
	})
	runs := make([]string, len(all))
	for i, e := range all {
		runs[i] = e.RunID
	}
	return runs
}
