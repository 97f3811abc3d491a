package machine

import (
	commandpb "go.temporal.io/api/command/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"

	"github.com/perdure/perdure/api"
)

func checkMarker(a *commandpb.RecordMarkerCommandAttributes) *commandProblem {
	const cause = enumspb.WORKFLOW_TASK_FAILED_CAUSE_BAD_RECORD_MARKER_ATTRIBUTES
	switch {
	case a == nil:
		return badCommand(cause, "RecordMarkerCommandAttributes is not set on command.")
	case a.MarkerName == "":
		return badCommand(cause, "MarkerName is not set on RecordMarkerCommand.")
	case tooLong(a.MarkerName):
		return badCommand(cause, "MarkerName on RecordMarkerCommand exceeds length limit.")
	}
	return nil
}

func (t *transaction) recordMarker(command *commandpb.Command, completedID int64) {
	a := command.GetRecordMarkerCommandAttributes()
	t.append(&historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_MARKER_RECORDED, UserMetadata: command.UserMetadata,
		Attributes: &historypb.HistoryEvent_MarkerRecordedEventAttributes{MarkerRecordedEventAttributes: &historypb.MarkerRecordedEventAttributes{
			MarkerName: a.MarkerName, Details: a.Details, Header: a.Header, Failure: a.Failure, WorkflowTaskCompletedEventId: completedID,
		}},
	})
}

// tooLong tells whether a name exceeds what any name may have.
func tooLong(name string) bool { return len(name) > api.MaxID }
