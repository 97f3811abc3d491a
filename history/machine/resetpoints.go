package machine

import (
	"time"

	historypb "go.temporal.io/api/history/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"google.golang.org/protobuf/proto"
)

// mostResetPoints is how many are kept, the latest: Temporal's limit.
const mostResetPoints = 20

// handedOn are the reset points that the run hands on to the next of its chain. Its own are good until its history is gone:
// for the retention from now.
func (r *Run) handedOn(now int64, retention time.Duration) *workflowpb.ResetPoints {
	if len(r.resetPoints.GetPoints()) == 0 {
		return nil
	}
	points := proto.CloneOf(r.resetPoints)
	for _, point := range points.Points {
		if point.RunId == r.runID {
			point.ExpireTime = timestamp(later(now, retention))
		}
	}
	return points
}

// takeOver takes the reset points of the runs before that have a history yet.
func (r *Run) takeOver(points *workflowpb.ResetPoints) {
	r.resetPoints = nil
	var kept []*workflowpb.ResetPointInfo
	for _, point := range points.GetPoints() {
		if expires := point.ExpireTime; expires == nil || expires.AsTime().UnixNano() >= r.startTime {
			kept = append(kept, point)
		}
	}
	if len(kept) > 0 {
		r.resetPoints = &workflowpb.ResetPoints{Points: kept}
	}
}

// addResetPoint notes where the first workflow task was completed by workers of a version: what such a version has
// broken can be reset to there. The list is never changed, but replaced.
func (r *Run) addResetPoint(event *historypb.HistoryEvent) {
	a := event.GetWorkflowTaskCompletedEventAttributes()
	r.noteBuild(a)
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
	if checksum != "" {
		r.noteChecksums()
	}
}
