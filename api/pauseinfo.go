package api

import commonpb "go.temporal.io/api/common/v1"

// pauseInfo is the attribute that tells what of a run is paused. The service sets it beside what the workflow sets.
const pauseInfo = "TemporalPauseInfo"

// PausedWorkflow is the entry that says that the whole run of the workflow is paused.
func PausedWorkflow(workflowID string) string { return "Workflow:" + workflowID }

// PausedActivities is the entry that says that activities of the type are.
func PausedActivities(activityType string) string { return "property:activityType=" + activityType }

// PauseInfoAttribute is TemporalPauseInfo with these entries, such as Workflow:<id> and
// property:activityType=<name>; without any, it takes the attribute away.
func PauseInfoAttribute(entries []string) *commonpb.SearchAttributes {
	value := &commonpb.Payload{Metadata: map[string][]byte{metadataEncoding: []byte(encodingNull)}}
	if len(entries) > 0 {
		value = keywords(entries)
	}
	return &commonpb.SearchAttributes{IndexedFields: map[string]*commonpb.Payload{pauseInfo: value}}
}
