package cron

import (
	"errors"
	"strings"
	"time"
	_ "time/tzdata" // a schedule means the same on a machine without a time zone database

	"github.com/robfig/cron/v3"
	"go.temporal.io/api/serviceerror"
)

// longest is more than any schedule of five fields waits, and leaves room to add it to a time in nanoseconds.
const longest = 100 * 365 * 24 * time.Hour

// Check refuses, with serviceerror.InvalidArgument in Temporal's words, a text that is no schedule, or that of a time
// that does not come within five years of now, as 30 February. No text is no schedule, and fine.
func Check(text string, now time.Time) error {
	if text == "" {
		return nil
	}
	s, err := parse(text)
	if err != nil {
		return serviceerror.NewInvalidArgument("invalid CronSchedule.")
	}
	if s.Next(now.UTC()).IsZero() {
		return serviceerror.NewInvalidArgument("invalid CronSchedule, no time can be found to satisfy the schedule")
	}
	return nil
}

// Wait is how long from now a run waits, in whole seconds, rounded up, whose predecessor was due at last. It is false
// where there is no next run: without a schedule, or when its time does not come. What came round between last and now
// was missed, and is left out; a predecessor that is over before it was due leaves its own time to the next.
func Wait(text string, last, now time.Time) (time.Duration, bool) {
	s, err := parse(text)
	if err != nil {
		return 0, false
	}
	last, now = last.UTC(), now.UTC()
	next := last
	if !now.Before(last) {
		next = after(s, last, now)
	}
	if next.IsZero() {
		return 0, false
	}
	return wholeSeconds(next.Sub(now)), true
}

// after is the first time behind last at which the schedule comes round and that is not before now; zero if there is none.
// It takes as long for a run of a year as for one of a second.
func after(s cron.Schedule, last, now time.Time) time.Time {
	next := s.Next(last)
	if next.IsZero() || !next.Before(now) {
		return next
	}
	if every, is := s.(cron.ConstantDelaySchedule); is { // counted from last
		return now.Add((every.Delay - now.Sub(next)%every.Delay) % every.Delay)
	}
	return s.Next(now.Add(-1)) // whatever came before
}

func wholeSeconds(d time.Duration) time.Duration {
	if d > longest {
		return longest
	}
	return (d + time.Second - 1).Truncate(time.Second)
}

// parse also refuses a zone with nothing behind it, for which the parser would panic.
func parse(text string) (cron.Schedule, error) {
	if text == "" {
		return nil, errors.New("it is empty")
	}
	zoned := strings.HasPrefix(text, "TZ=") || strings.HasPrefix(text, "CRON_TZ=")
	if zoned && !strings.Contains(text, " ") {
		return nil, errors.New("nothing stands behind its time zone")
	}
	return cron.ParseStandard(text)
}
