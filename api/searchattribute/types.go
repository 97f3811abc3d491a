package searchattribute

import (
	"maps"

	enumspb "go.temporal.io/api/enums/v1"
)

// Types are search attributes by name.
type Types map[string]enumspb.IndexedValueType

const (
	boolean     = enumspb.INDEXED_VALUE_TYPE_BOOL
	datetime    = enumspb.INDEXED_VALUE_TYPE_DATETIME
	integer     = enumspb.INDEXED_VALUE_TYPE_INT
	keyword     = enumspb.INDEXED_VALUE_TYPE_KEYWORD
	keywordList = enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST
)

// ChangeVersion is the attribute in which SDKs list the versions of changed code that a run uses.
const ChangeVersion = "TemporalChangeVersion"

// system are those that the server fills from the run itself: nobody sets them.
var system = Types{
	"WorkflowId": keyword, "RunId": keyword, "WorkflowType": keyword, "TaskQueue": keyword,
	"StartTime": datetime, "ExecutionTime": datetime, "CloseTime": datetime,
	"ExecutionStatus": keyword, "ExecutionDuration": integer,
	"HistoryLength": integer, "HistorySizeBytes": integer, "StateTransitionCount": integer,
	"ParentWorkflowId": keyword, "ParentRunId": keyword, "RootWorkflowId": keyword, "RootRunId": keyword,
}

// predefined are there in every namespace; SDKs and schedules set them.
var predefined = Types{
	ChangeVersion: keywordList, "BinaryChecksums": keywordList, "BuildIds": keywordList,
	"BatcherNamespace": keyword, "BatcherUser": keyword,
	"TemporalScheduledStartTime": datetime, "TemporalScheduledById": keyword, "TemporalSchedulePaused": boolean,
	"TemporalNamespaceDivision": keyword, "TemporalPauseInfo": keywordList, "TemporalReportedProblems": keywordList,
}

// System are the attributes that the server fills itself, by name. The map is the caller's.
func System() Types { return maps.Clone(system) }

// Predefined are the attributes that may be set in every namespace, by name. The map is the caller's.
func Predefined() Types { return maps.Clone(predefined) }

// find is the type of an attribute that may be set.
func (custom Types) find(name string) (enumspb.IndexedValueType, bool) {
	if t, is := predefined[name]; is {
		return t, true
	}
	t, is := custom[name]
	return t, is
}
