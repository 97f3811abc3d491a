package machine

import (
	historypb "go.temporal.io/api/history/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
)

// mostResetPoints is how many are kept, the latest: Temporal's limit.
const mostResetPoints = 20

// addResetPoint notes where the first workflow task was completed by workers of a version: what such a version has
// broken can be reset to there. The list is never changed, but replaced.
func (r *Run) addResetPoint(event *historypb.HistoryEvent) {
	a := event.GetWorkflowTaskCompletedEventAttributes()
	checksum, buildID := a.GetBinaryChecksum(), a.GetWorkerVersion().GetBuildId()
	if checksum == "" && buildID == "" {
		return
	}
	points := r.resetPoints.GetPoints()
	for _, point := range points {
		if point.BinaryChecksum == checksum && point.BuildId == buildID {
			return
		}
	}
	points = points[max(0, len(points)+1-mostResetPoints):]
	points = append(points[:len(points):len(points)], &workflowpb.ResetPointInfo{
		BinaryChecksum: checksum, BuildId: buildID, RunId: r.runID, FirstWorkflowTaskCompletedId: event.EventId,
		CreateTime: event.EventTime, Resettable: true,
	})
	r.resetPoints = &workflowpb.ResetPoints{Points: points}
}
