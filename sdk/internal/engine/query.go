package engine

import (
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strings"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	querypb "go.temporal.io/api/query/v1"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/failure"
)

// stackTraceQuery is answered by every run: where its coroutines are.
const stackTraceQuery = "__stack_trace"

// queries holds who answers queries, by query type.
type queries struct {
	answers map[string]Answer
}

// Answer answers a query by its arguments and header.
type Answer func(args *commonpb.Payloads, header *commonpb.Header) (*commonpb.Payloads, error)

// HandleQuery gives the queries of a type to fn, which must neither block nor issue commands.
func (e *Env) HandleQuery(name string, fn Answer) {
	if e.answers == nil {
		e.answers = map[string]Answer{}
	}
	e.answers[name] = fn
}

func (e *Env) query(q *querypb.WorkflowQuery) (result *querypb.WorkflowQueryResult) {
	answer, err := e.answer(q)
	if err != nil {
		return e.queryFailed(err)
	}
	return &querypb.WorkflowQueryResult{ResultType: enumspb.QUERY_RESULT_TYPE_ANSWERED, Answer: answer}
}

func (e *Env) answer(q *querypb.WorkflowQuery) (answer *commonpb.Payloads, err error) {
	fn, ok := e.answers[q.GetQueryType()]
	if !ok {
		switch q.GetQueryType() {
		case stackTraceQuery:
			return converter.EncodeAll(e.opts.DataConverter, e.dispatcher.Stacks())
		case enhancedStackTraceQuery:
			return converter.EncodeAll(converter.Default(), e.enhancedStackTrace())
		case metadataQuery:
			return converter.EncodeAll(converter.Default(), e.definition()) // in a form that every reader knows
		}
		known := strings.Join(slices.Sorted(maps.Keys(e.answers)), " ")
		return nil, fmt.Errorf("unknown queryType %s. KnownQueryTypes=[%s]; handle it with workflow's Query.Handle before the workflow first blocks", q.GetQueryType(), known)
	}
	defer func() {
		if v := recover(); v != nil {
			err = failure.NewPanicError(v, string(debug.Stack()))
		}
	}()
	e.ReadOnly("a query handler", func() { answer, err = fn(q.GetQueryArgs(), q.GetHeader()) })
	return answer, err
}

func (e *Env) queryFailed(err error) *querypb.WorkflowQueryResult {
	return &querypb.WorkflowQueryResult{
		ResultType: enumspb.QUERY_RESULT_TYPE_FAILED, ErrorMessage: err.Error(), Failure: failure.FromError(e.opts.DataConverter, err),
	}
}
