package api

import (
	"fmt"
	"strconv"
	"strings"

	"go.temporal.io/api/serviceerror"
)

// LimitPrefix is what the keys of limits begin with among a namespace's data: the data of RegisterNamespace and
// UpdateNamespace set them, and that of DescribeNamespace tells those that were set.
const LimitPrefix = "limit."

// Limits bound what one run may grow to and what one request may bring. They are settings of a namespace. Counts and
// bytes; where it says so, 0 is no limit.
type Limits struct {
	// HistoryCount and HistorySize are events, and bytes of them. Above Error the run is terminated; above Warn the
	// service's log says so, once a run; from SuggestContinueAsNew on, its workflow tasks do.
	HistoryCount, HistorySize HistoryLimit
	// BlobSize bounds each input, result, signal, failure or other payloads of a request or a command, MemoSize a run's memo.
	BlobSize, MemoSize SizeLimit
	// How many of what a workflow task asks for may be pending at a time; 0: any number.
	PendingActivities, PendingChildren, PendingSignals, PendingCancels int64
	// Signals is how many one run takes; 0: any number.
	Signals int64
	// BufferedEvents and BufferedBytes are what may wait for a started workflow task.
	BufferedEvents, BufferedBytes int64
	// UpdatesInFlight, the bytes of their payloads, and Updates, of one run's whole life; 0: any number.
	UpdatesInFlight, UpdatePayloads, Updates int64
}

// HistoryLimit bounds a history.
type HistoryLimit struct{ Warn, Error, SuggestContinueAsNew int64 }

// SizeLimit bounds bytes: above Error they are refused, above Warn the service's log says so.
type SizeLimit struct{ Warn, Error int64 }

// LimitSetting is one limit as it is set, by the name that Temporal's dynamic configuration has for it.
type LimitSetting struct {
	Name                 string
	Default, Least, Most int64
	of                   func(*Limits) *int64
}

// Of is the setting's value among limits.
func (s LimitSetting) Of(l *Limits) int64 { return *s.of(l) }

const (
	anyCount = 1 << 30
	// A history above this could not be written to rest, and events that are buffered, or of one request, have to fit a record.
	mostHistory  = 200 << 20
	mostBuffered = 8 << 20
	mostBlob     = 64 << 20
)

// LimitSettings are all limits that can be set, with Temporal's defaults.
var LimitSettings = []LimitSetting{
	{"historyCount.warn", 10 << 10, 1, anyCount, func(l *Limits) *int64 { return &l.HistoryCount.Warn }},
	{"historyCount.error", 50 << 10, 10, anyCount, func(l *Limits) *int64 { return &l.HistoryCount.Error }},
	{"historyCount.suggestContinueAsNew", 4 << 10, 1, anyCount, func(l *Limits) *int64 { return &l.HistoryCount.SuggestContinueAsNew }},
	{"historySize.warn", 10 << 20, 1, mostHistory, func(l *Limits) *int64 { return &l.HistorySize.Warn }},
	{"historySize.error", 50 << 20, 256, mostHistory, func(l *Limits) *int64 { return &l.HistorySize.Error }},
	{"historySize.suggestContinueAsNew", 4 << 20, 1, mostHistory, func(l *Limits) *int64 { return &l.HistorySize.SuggestContinueAsNew }},
	{"blobSize.warn", 512 << 10, 1, mostBlob, func(l *Limits) *int64 { return &l.BlobSize.Warn }},
	{"blobSize.error", 2 << 20, 1, mostBlob, func(l *Limits) *int64 { return &l.BlobSize.Error }},
	{"memoSize.warn", 2 << 10, 1, mostBlob, func(l *Limits) *int64 { return &l.MemoSize.Warn }},
	{"memoSize.error", 2 << 20, 1, mostBlob, func(l *Limits) *int64 { return &l.MemoSize.Error }},
	{"numPendingActivities.error", 2000, 0, anyCount, func(l *Limits) *int64 { return &l.PendingActivities }},
	{"numPendingChildExecutions.error", 2000, 0, anyCount, func(l *Limits) *int64 { return &l.PendingChildren }},
	{"numPendingSignals.error", 2000, 0, anyCount, func(l *Limits) *int64 { return &l.PendingSignals }},
	{"numPendingCancelRequests.error", 2000, 0, anyCount, func(l *Limits) *int64 { return &l.PendingCancels }},
	{"maximumSignalsPerExecution", 10000, 0, anyCount, func(l *Limits) *int64 { return &l.Signals }},
	{"maximumBufferedEventsBatch", 100, 1, 10000, func(l *Limits) *int64 { return &l.BufferedEvents }},
	{"maximumBufferedEventsSizeInBytes", 2 << 20, 1, mostBuffered, func(l *Limits) *int64 { return &l.BufferedBytes }},
	{"maxInFlightUpdates", 10, 0, anyCount, func(l *Limits) *int64 { return &l.UpdatesInFlight }},
	{"maxInFlightUpdatePayloads", 20 << 20, 0, anyCount, func(l *Limits) *int64 { return &l.UpdatePayloads }},
	{"maxTotalUpdates", 2000, 0, anyCount, func(l *Limits) *int64 { return &l.Updates }},
}

var defaultLimits = LimitsOf(nil)

// DefaultLimits are Temporal's. They are shared and must not be changed.
func DefaultLimits() *Limits { return defaultLimits }

// LimitsOf are the defaults with those in place that are set, by name. A name that is not known, of a newer version, is passed over.
func LimitsOf(set map[string]int64) *Limits {
	l := &Limits{}
	for _, s := range LimitSettings {
		value, given := set[s.Name]
		if !given {
			value = s.Default
		}
		*s.of(l) = value
	}
	return l
}

// ParseLimit is the value of a limit as it is written in a namespace's data, by its name without the prefix. given is
// false for an empty text: the default again. InvalidArgument.
func ParseLimit(name, text string) (value int64, given bool, err error) {
	for _, s := range LimitSettings {
		if s.Name != name {
			continue
		}
		if text == "" {
			return 0, false, nil
		}
		value, err := strconv.ParseInt(text, 10, 64)
		if err != nil || value < s.Least || value > s.Most {
			return 0, false, serviceerror.NewInvalidArgumentf("limit %s is %.40q: give a number of %d to %d; Temporal's is %d", name, text, s.Least, s.Most, s.Default)
		}
		return value, true, nil
	}
	return 0, false, serviceerror.NewInvalidArgumentf("there is no limit %.80q: those that can be set are %s", name, strings.Join(limitNames(), ", "))
}

func limitNames() []string {
	names := make([]string, len(LimitSettings))
	for i, s := range LimitSettings {
		names[i] = s.Name
	}
	return names
}

// LimitReached is nil below a limit, else what tells so in Temporal's words; 0 is no limit.
func LimitReached(what string, is, limit int64) error {
	if limit <= 0 || is < limit {
		return nil
	}
	return fmt.Errorf("the number of %s, %d, has reached the per-workflow limit of %d", what, is, limit)
}
