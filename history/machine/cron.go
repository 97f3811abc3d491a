package machine

import (
	"time"

	enumspb "go.temporal.io/api/enums/v1"

	"github.com/perdure/perdure/internal/cron"
)

// cronInitiator is that of the first run of a schedule, too.
func cronInitiator(schedule string) enumspb.ContinueAsNewInitiator {
	if schedule == "" {
		return enumspb.CONTINUE_AS_NEW_INITIATOR_UNSPECIFIED
	}
	return enumspb.CONTINUE_AS_NEW_INITIATOR_CRON_SCHEDULE
}

// cronWait is how long the next run of the schedule waits, counted from when this one was due; false without a schedule.
func (t *transaction) cronWait() (time.Duration, bool) {
	return cron.Wait(t.run.start.GetCronSchedule(), time.Unix(0, t.run.executionTime()), time.Unix(0, t.now))
}
