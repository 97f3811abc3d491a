package machine_test

import (
	"fmt"
	"slices"

	enumspb "go.temporal.io/api/enums/v1"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/recordpb"
)

// notePauses keeps what a record tells projections of pauses.
func (w *world) notePauses(record *recordpb.Record) {
	for _, part := range record.Runs {
		if part.PauseInfo != nil {
			w.told[part.RunId] = part.PauseInfo.Entries
		}
	}
}

// checkPauses checks that the status, the activities and the search attribute agree about what is paused, with
// what the records and the rest tell.
func (w *world) checkPauses() error {
	d := w.run().Describe(w.now)
	info := d.WorkflowExecutionInfo
	if paused := info.Status == enumspb.WORKFLOW_EXECUTION_STATUS_PAUSED; paused != (d.WorkflowExtendedInfo.PauseInfo != nil) || paused != w.run().Paused() {
		return fmt.Errorf("a run that is %s with the pause %v", info.Status, d.WorkflowExtendedInfo.PauseInfo)
	}
	paused := map[string]bool{}
	for _, a := range d.PendingActivities {
		if a.Paused != (a.PauseInfo != nil) {
			return fmt.Errorf("activity %s: paused %t, with %v", a.ActivityId, a.Paused, a.PauseInfo)
		}
		if a.Paused {
			paused["property:activityType="+a.ActivityType.Name] = true
		}
	}
	value, err := api.DecodeSearchAttribute(info.SearchAttributes.GetIndexedFields()["TemporalPauseInfo"], enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST)
	if err != nil {
		return err
	}
	entries, _ := value.([]string)
	if told := w.told[w.run().RunID()]; !slices.Equal(told, entries) {
		return fmt.Errorf("TemporalPauseInfo is %q, and the records tell %q", entries, told)
	}
	if rest := w.run().Snapshot().PauseInfo; !slices.Equal(rest, entries) {
		return fmt.Errorf("TemporalPauseInfo is %q, and the rest tells %q", entries, rest)
	}
	for _, entry := range entries {
		delete(paused, entry)
	}
	if len(paused) > 0 {
		return fmt.Errorf("TemporalPauseInfo is %q, and lacks %v", entries, paused)
	}
	return nil
}
