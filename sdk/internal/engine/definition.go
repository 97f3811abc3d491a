package engine

import (
	"maps"
	"slices"

	sdkpb "go.temporal.io/api/sdk/v1"
)

// metadataQuery is answered by every run: what can be asked of it and said to it. User interfaces offer that.
const metadataQuery = "__temporal_workflow_metadata"

func (e *Env) definition() *sdkpb.WorkflowMetadata {
	asked := map[string]string{metadataQuery: "Metadata about the workflow", stackTraceQuery: "Current stack trace"}
	for name := range e.answers {
		asked[name] = ""
	}
	told := map[string]string{}
	for name := range e.handlers {
		told[name] = ""
	}
	return &sdkpb.WorkflowMetadata{Definition: &sdkpb.WorkflowDefinition{
		Type: e.info.WorkflowType, QueryDefinitions: definitions(asked), SignalDefinitions: definitions(told),
	}}
}

// definitions are sorted by name.
func definitions(descriptions map[string]string) []*sdkpb.WorkflowInteractionDefinition {
	var all []*sdkpb.WorkflowInteractionDefinition
	for _, name := range slices.Sorted(maps.Keys(descriptions)) {
		all = append(all, &sdkpb.WorkflowInteractionDefinition{Name: name, Description: descriptions[name]})
	}
	return all
}
