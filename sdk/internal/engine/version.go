package engine

import (
	"fmt"
	"maps"
	"slices"

	commonpb "go.temporal.io/api/common/v1"
	historypb "go.temporal.io/api/history/v1"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/internal/attributes"
	"github.com/perdure/perdure/sdk/internal/command"
)

// DefaultVersion is the version of code that was there before GetVersion was put around it.
const DefaultVersion = -1

// The marker of a version, as Temporal's Go SDK names its parts, and the search attribute that it upserts behind it.
const (
	versionMarker          = "Version"
	versionChangeID        = "change-id"
	versionVersion         = "version"
	changeVersionAttribute = attributes.ChangeVersion
)

// versions are the decided ones, by change id.
type versions struct {
	decided map[string]int
	// indexed are the search attributes that the task which is replayed has upserted for a change whose version the code has not
	// asked for yet.
	indexed map[string]*commonpb.SearchAttributes
}

// Version is which of the versions from min to max the run uses for a change.
func (e *Env) Version(changeID string, min, max int) int {
	e.MustBeWritable("get a version")
	v, ok := e.decided[changeID]
	switch {
	case e.discard():
	case ok:
		e.replayIndexed(changeID)
	case e.replaying:
		v = DefaultVersion
	default:
		v = max
		e.recordVersion(changeID, v)
	}
	if v < min || v > max {
		e.fail(unhandled(fmt.Sprintf("the run uses version %d of change %q, but the code supports %d to %d only; keep the code of version %d until such runs are closed",
			v, changeID, min, max, v), ""))
	}
	e.decide(changeID, v)
	return v
}

// recordVersion leaves a marker for the replay, and a search attribute for whoever looks for runs of a version.
func (e *Env) recordVersion(changeID string, v int) {
	details := map[string]*commonpb.Payloads{}
	for key, value := range map[string]any{versionChangeID: changeID, versionVersion: v} {
		p, err := converter.EncodeAll(e.opts.DataConverter, value)
		if err != nil {
			e.fail(unhandled(fmt.Sprintf("record a version marker: %v", err), ""))
		}
		details[key] = p
	}
	command.NewMarker(&e.outbox, versionMarker, details, nil)
	e.indexVersions(changeID, v)
}

// indexVersions upserts the run's versions, the new one first, unless they are more than a search attribute holds: the
// task would fail for it.
func (e *Env) indexVersions(changeID string, v int) {
	names := []string{versionName(changeID, v)}
	for _, id := range slices.Sorted(maps.Keys(e.decided)) {
		names = append(names, versionName(id, e.decided[id]))
	}
	indexed, err := attributes.Search(map[string]any{changeVersionAttribute: names})
	if err != nil || len(indexed.GetIndexedFields()[changeVersionAttribute].GetData()) >= api.MaxSearchAttributeValue {
		e.logger.Warn().Str("workflow", e.info.WorkflowType).Str("workflow_id", e.info.WorkflowID).Str("run_id", e.info.RunID).Str("change", changeID).
			Msg("the run has more versions than the search attribute TemporalChangeVersion holds: lists do not find it by this one")
		return
	}
	e.UpsertSearchAttributes(indexed)
}

func versionName(changeID string, v int) string { return fmt.Sprintf("%s-%d", changeID, v) }

func (v *versions) decide(changeID string, version int) {
	if v.decided == nil {
		v.decided = map[string]int{}
	}
	v.decided[changeID] = version
}

// preloadVersions takes the versions that were decided in a task, and reserves the ids of their events: no commands are made
// for them on replay, so a call of GetVersion may be removed from the code later.
func (e *Env) preloadVersions(events []*historypb.HistoryEvent) error {
	e.indexed = nil
	last := "" // the change of the last marker
	for _, event := range events {
		if marker := event.GetMarkerRecordedEventAttributes(); marker.GetMarkerName() == versionMarker {
			var version int
			if err := e.readVersion(event, &last, &version); err != nil {
				return err
			}
			e.decide(last, version)
			e.outbox.Reserve(event.GetEventId())
		}
		if indexed := indexedVersions(event); indexed != nil {
			if e.indexed == nil {
				e.indexed = map[string]*commonpb.SearchAttributes{}
			}
			e.indexed[last] = indexed
			e.outbox.Reserve(event.GetEventId())
		}
	}
	return nil
}

// replayIndexed gives the info, at the call that has upserted them, the search attributes that it had there.
func (e *Env) replayIndexed(changeID string) {
	if indexed := e.indexed[changeID]; indexed != nil {
		delete(e.indexed, changeID)
		e.info.index(indexed)
	}
}

// settleVersions gives the info what a task's calls of GetVersion have upserted, those that are not in the code any more, too.
func (e *Env) settleVersions(events []*historypb.HistoryEvent) {
	e.indexed = nil
	for _, event := range events {
		if indexed := indexedVersions(event); indexed != nil {
			e.info.index(indexed)
		}
	}
}

func (e *Env) readVersion(event *historypb.HistoryEvent, changeID *string, version *int) error {
	details := event.GetMarkerRecordedEventAttributes().GetDetails()
	if err := converter.DecodeAll(e.opts.DataConverter, details[versionChangeID], changeID); err != nil {
		return damaged(event, "its change id cannot be read: "+err.Error())
	}
	if err := converter.DecodeAll(e.opts.DataConverter, details[versionVersion], version); err != nil {
		return damaged(event, "its version cannot be read: "+err.Error())
	}
	return nil
}
