package machine

import (
	"maps"
	"slices"

	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/api"
)

// tellPauses finds what the search attribute TemporalPauseInfo is: that the run is paused, and why, and the types of
// activities that are. It stands in no event.
func (r *Run) tellPauses() {
	if r.pause == nil && r.pausedActivities == 0 {
		r.pauseInfo = nil
		return
	}
	var entries []string
	if r.pause != nil {
		entries = append(entries, api.PausedWorkflow(r.workflowID))
		if r.pause.Reason != "" {
			entries = append(entries, "Reason:"+r.pause.Reason)
		}
	}
	types := map[string]bool{}
	for _, a := range r.activities {
		if a.Pause != nil {
			types[api.PausedActivities(a.scheduled.ActivityType.GetName())] = true
		}
	}
	r.pauseInfo = slices.AppendSeq(entries, slices.Values(slices.Sorted(maps.Keys(types))))
}

// withPauseInfo are the run's search attributes with what of it is paused.
func (r *Run) withPauseInfo(attributes *commonpb.SearchAttributes) *commonpb.SearchAttributes {
	if len(r.pauseInfo) == 0 {
		return attributes
	}
	return mergedSearchAttributes(attributes, api.PauseInfoAttribute(r.pauseInfo))
}
