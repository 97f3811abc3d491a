package index

import (
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
)

// MaxPageSize is the most that one page holds, and what a page holds when nothing is asked.
const MaxPageSize = 1000

// Query asks for executions by Temporal's list filter.
type Query struct {
	// Filter is empty for all.
	Filter string
	// Attributes are the namespace's custom search attributes; a filter may name these and the system's.
	Attributes map[string]enumspb.IndexedValueType
	// Now is what relative times in the filter are counted from, on all pages of a list; zero is the present.
	Now time.Time
	// PageSize is 1 to MaxPageSize; 0, or what is above it, is MaxPageSize. Count does not look at it, nor at Token.
	PageSize int
	// Token is the Next of the page before; empty for the first. With another filter it is InvalidArgument.
	Token []byte
}

// Page is a part of a list.
type Page struct {
	Executions []*workflowpb.WorkflowExecutionInfo
	// Next is empty on the last page.
	Next []byte
}

// Counts are how many executions a filter matches.
type Counts struct {
	Total int64
	// Groups are there with GROUP BY, the largest first.
	Groups []Group
}

// Group is one combination of the values that were grouped by.
type Group struct {
	// Values are in the order of the clause, each with its type in the metadata; one without data is absent from these executions.
	Values []*commonpb.Payload
	Count  int64
}

func present(now time.Time) time.Time {
	if now.IsZero() {
		return time.Now()
	}
	return now
}
