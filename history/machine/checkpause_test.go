package machine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/recordpb"
	"github.com/perdure/perdure/api/workerpb"
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

// Whoever makes up the task of an activity that is paused, held, or to wait does not start it.
func TestATaskThatIsMadeUpStartsNothing(t *testing.T) {
	for name, stopped := range map[string][]string{
		"paused": {"pause-activity a"}, "held": {"pause"}, "waiting": {"pause-activity a", "unpause-activity a jitter=1h"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			s := newScript(w)
			for _, text := range append([]string{"start", "start-task", "complete-task\n  activity a start-to-close=10s"}, stopped...) {
				require.NotContains(t, s.do(parseCommand(strings.Split(text, "\n"))), "FAULT")
			}
			for stamp := range int64(4) {
				_, refusal, fault := w.decide(&workerpb.StartTaskRequest{RequestId: "made up", Task: &workerpb.Task{
					WorkflowId: workflowID, RunId: w.run().RunID(), Type: enumspb.TASK_QUEUE_TYPE_ACTIVITY, ScheduledEventId: 5, Attempt: 1, Stamp: stamp,
				}})
				require.NoError(t, fault)
				require.Error(t, refusal, stamp)
			}
		})
	}
}
