package engine

import (
	"maps"
	"slices"

	sdkpb "go.temporal.io/api/sdk/v1"
)

// metadataQuery is answered by every run: what can be asked of it and said to it. User interfaces offer that.
const metadataQuery = "__temporal_workflow_metadata"

// texts are what the workflow's code says of itself, for whoever looks at the run.
type texts struct {
	ofQueries, ofSignals, ofUpdates map[string]string
	details                         string
}

// DescribeQuery says what a query that is handled tells.
func (e *Env) DescribeQuery(name, text string) { describe(&e.ofQueries, name, text) }

// DescribeSignal says what a signal that is handled does.
func (e *Env) DescribeSignal(name, text string) { describe(&e.ofSignals, name, text) }

// DescribeUpdate says what an update that is handled does.
func (e *Env) DescribeUpdate(name, text string) { describe(&e.ofUpdates, name, text) }

func describe(texts *map[string]string, name, text string) {
	if text == "" {
		return
	}
	if *texts == nil {
		*texts = map[string]string{}
	}
	(*texts)[name] = text
}

// SetCurrentDetails replaces the text that tells where the run stands.
func (e *Env) SetCurrentDetails(text string) { e.details = text }

// CurrentDetails is the text that was set last.
func (e *Env) CurrentDetails() string { return e.details }

func (e *Env) definition() *sdkpb.WorkflowMetadata {
	asked := map[string]string{
		metadataQuery: "Metadata about the workflow", stackTraceQuery: "Current stack trace", enhancedStackTraceQuery: "Current stack trace, as places in files",
	}
	for name := range e.answers {
		asked[name] = e.ofQueries[name]
	}
	told := map[string]string{}
	for name := range e.handlers {
		told[name] = e.ofSignals[name]
	}
	changed := map[string]string{}
	for name := range e.updates.handlers {
		changed[name] = e.ofUpdates[name]
	}
	return &sdkpb.WorkflowMetadata{CurrentDetails: e.details, Definition: &sdkpb.WorkflowDefinition{
		Type: e.info.WorkflowType, QueryDefinitions: definitions(asked), SignalDefinitions: definitions(told), UpdateDefinitions: definitions(changed),
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
