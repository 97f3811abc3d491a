package render

import (
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Time is a moment as a date and clock time in now's zone, and how far it is from now;
// nothing if it is not set.
func Time(t *timestamppb.Timestamp, now time.Time) string {
	if t == nil || t.AsTime().IsZero() || t.GetSeconds() == 0 && t.GetNanos() == 0 {
		return ""
	}
	moment := t.AsTime()
	return moment.In(now.Location()).Format("2006-01-02 15:04:05 MST") + " (" + Relative(moment, now) + ")"
}

// Relative is how far a moment is from now, in words.
func Relative(moment, now time.Time) string {
	distance := now.Sub(moment)
	switch {
	case distance < -time.Second:
		return "in " + Duration(-distance)
	case distance < time.Second:
		return "now"
	}
	return Duration(distance) + " ago"
}

// Duration is a duration with as much precision as a reader wants: its two
// largest units, days among them, or up to three digits below a minute.
func Duration(d time.Duration) string {
	if d < 0 {
		return "-" + Duration(-d)
	}
	for _, p := range precisions {
		if rounded := d.Round(p.step); rounded < p.below {
			return p.format(rounded)
		}
	}
	return twoUnits(24*time.Hour, "d", time.Hour, "h")(d.Round(time.Hour))
}

// precisions are the steps to which durations below a limit are rounded.
var precisions = []struct {
	below, step time.Duration
	format      func(time.Duration) string
}{
	{time.Millisecond, time.Microsecond, time.Duration.String},
	{time.Second, time.Millisecond, time.Duration.String},
	{time.Minute, 10 * time.Millisecond, time.Duration.String},
	{time.Hour, time.Second, twoUnits(time.Minute, "m", time.Second, "s")},
	{24 * time.Hour, time.Minute, twoUnits(time.Hour, "h", time.Minute, "m")},
}

func twoUnits(large time.Duration, largeName string, small time.Duration, smallName string) func(time.Duration) string {
	return func(d time.Duration) string {
		if rest := d % large; rest != 0 {
			return fmt.Sprintf("%d%s%d%s", d/large, largeName, rest/small, smallName)
		}
		return fmt.Sprintf("%d%s", d/large, largeName)
	}
}

// Timeout is a time-out: a duration, or that there is none.
func Timeout(d *durationpb.Duration) string {
	if d.AsDuration() == 0 {
		return "none"
	}
	return Duration(d.AsDuration())
}
