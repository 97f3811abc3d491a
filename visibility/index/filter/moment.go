package filter

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// The first and the last instant that Unix nanoseconds can tell: the years 1677 and 2262.
var (
	earliest = time.Unix(0, math.MinInt64)
	latest   = time.Unix(0, math.MaxInt64)
)

// Nanoseconds are Unix nanoseconds of an instant; those too early or too late to be told are the first and the last.
func Nanoseconds(t time.Time) int64 {
	switch {
	case t.Before(earliest):
		return math.MinInt64
	case t.After(latest):
		return math.MaxInt64
	}
	return t.UnixNano()
}

// moment takes a time in RFC3339, Unix nanoseconds, or a time relative to now.
func (r *reader) moment(attribute Attribute, value literal) (any, string) {
	switch v := value.(type) {
	case int64:
		return v, ""
	case string:
		if t, err := time.Parse(time.RFC3339Nano, v); err == nil {
			return Nanoseconds(t), ""
		}
		if d, err := relative(v); err == nil {
			return Nanoseconds(r.now.Add(d)), ""
		}
		return nil, "it is no time; there are '2026-01-31T10:00:00Z' (RFC3339), Unix nanoseconds, and times relative to now: 'now', '-1h30m', '-7d', 'now-30m', 'now+1h'"
	}
	return nil, mismatch(attribute)
}

// relative reads 'now', or a signed duration with or without 'now' before it.
func relative(text string) (time.Duration, error) {
	offset, named := strings.CutPrefix(strings.ToLower(text), "now")
	offset = strings.TrimSpace(offset)
	switch {
	case named && offset == "":
		return 0, nil
	case !strings.HasPrefix(offset, "-") && !strings.HasPrefix(offset, "+"):
		return 0, fmt.Errorf("%q has no sign", text)
	}
	d, err := parseDuration(strings.TrimSpace(offset[1:]))
	if err == nil && d < 0 {
		return 0, fmt.Errorf("%q has two signs", text)
	}
	if offset[0] == '-' {
		d = -d
	}
	return d, err
}

// durationNanoseconds takes nanoseconds, '1h30m' with the unit d for 24 hours too, or h:m:s.
func durationNanoseconds(value literal) (any, string) {
	switch v := value.(type) {
	case int64:
		return v, ""
	case string:
		if n, err := strconv.ParseInt(v, 10, 64); err == nil {
			return n, ""
		}
		if d, err := parseDuration(v); err == nil {
			return int64(d), ""
		}
		if d, err := parseClock(v); err == nil {
			return int64(d), ""
		}
	}
	return nil, "it is no duration; there are '1h30m', '2d', '250ms', '01:30:00' (hours, minutes, seconds) and nanoseconds"
}

// parseDuration is time.ParseDuration with days of 24 hours, which stand first: 2d, 1.5d, 1d12h.
func parseDuration(text string) (time.Duration, error) {
	days, rest, found := strings.Cut(text, "d")
	if !found {
		return time.ParseDuration(text)
	}
	n, err := strconv.ParseFloat(days, 64)
	if err != nil {
		return 0, err
	}
	hours := n * 24
	if math.Abs(hours) > math.MaxInt64/float64(time.Hour) || math.IsNaN(hours) {
		return 0, fmt.Errorf("%q is too long", text)
	}
	total := time.Duration(hours * float64(time.Hour))
	if rest == "" {
		return total, nil
	}
	more, err := time.ParseDuration(rest)
	if err != nil || more < 0 || rest[0] == '+' {
		return 0, fmt.Errorf("%q is no duration", text)
	}
	if strings.HasPrefix(days, "-") {
		more = -more
	}
	if sum := total + more; (sum < total) == (more < 0) || more == 0 {
		return sum, nil
	}
	return 0, fmt.Errorf("%q is too long", text)
}

// parseClock reads hours:minutes:seconds.
func parseClock(text string) (time.Duration, error) {
	parts := strings.Split(text, ":")
	if len(parts) != 3 {
		return 0, fmt.Errorf("%q has not the form h:m:s", text)
	}
	var seconds uint64
	for i, limit := range []uint64{math.MaxInt64/uint64(time.Hour) - 1, 59, 59} {
		n, err := strconv.ParseUint(parts[i], 10, 32)
		if err != nil || n > limit {
			return 0, fmt.Errorf("%q has not the form h:m:s", text)
		}
		seconds = seconds*60 + n
	}
	return time.Duration(seconds) * time.Second, nil
}
