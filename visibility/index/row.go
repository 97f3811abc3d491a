package index

import (
	"fmt"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/visibility/index/filter"
)

// values are those of rowColumns for a run.
func (e *Execution) values() ([]any, error) {
	memo, err := memoBytes(e.Memo.GetFields())
	if err != nil {
		return nil, fmt.Errorf("write the memo of run %s: %w", e.RunID, err)
	}
	attributes, err := attributeBytes(e.SearchAttributes)
	if err != nil {
		return nil, fmt.Errorf("write the search attributes of run %s: %w", e.RunID, err)
	}
	begin := e.Execution
	if begin.IsZero() {
		begin = e.Start
	}
	end, duration := int64(open), any(nil)
	if !e.Close.IsZero() {
		end = closeTime(e.Close)
		duration = end - filter.Nanoseconds(begin)
	}
	return []any{
		e.RunID, e.WorkflowID, either(e.FirstRunID, e.RunID), e.Type, e.TaskQueue, int64(e.Status),
		filter.Nanoseconds(e.Start), filter.Nanoseconds(begin), end, duration,
		known(e.HistoryLength), known(e.HistorySize), known(e.StateTransitions),
		known(e.ParentWorkflowID), known(e.ParentRunID), either(e.RootWorkflowID, e.WorkflowID), either(e.RootRunID, e.RunID),
		memo, attributes, int64(e.Sequence),
	}, nil
}

// closeTime is before open, however late a run was closed.
func closeTime(t time.Time) int64 { return min(filter.Nanoseconds(t), open-1) }

func either(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// known is NULL for what is zero, that is, absent.
func known[T comparable](value T) any {
	var zero T
	if value == zero {
		return nil
	}
	return value
}

func memoOf(fields map[string]*commonpb.Payload) *commonpb.Memo {
	if len(fields) == 0 {
		return nil
	}
	return &commonpb.Memo{Fields: fields}
}

// memoBytes and attributeBytes are how a row has them: NULL for none.
func memoBytes(fields map[string]*commonpb.Payload) (any, error) {
	if len(fields) == 0 {
		return nil, nil
	}
	return marshal(&commonpb.Memo{Fields: fields})
}

func attributeBytes(fields map[string]*commonpb.Payload) (any, error) {
	if len(fields) == 0 {
		return nil, nil
	}
	return marshal(&commonpb.SearchAttributes{IndexedFields: fields})
}

func marshal(message proto.Message) (any, error) {
	encoded, err := proto.Marshal(message)
	if err != nil {
		return nil, err
	}
	return encoded, nil
}

func readMemo(encoded []byte) (map[string]*commonpb.Payload, error) {
	var memo commonpb.Memo
	err := proto.Unmarshal(encoded, &memo)
	return memo.Fields, err
}

func readAttributes(encoded []byte) (map[string]*commonpb.Payload, error) {
	var attributes commonpb.SearchAttributes
	err := proto.Unmarshal(encoded, &attributes)
	return attributes.IndexedFields, err
}
