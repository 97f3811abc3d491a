package cron

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestCheck(t *testing.T) {
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for _, good := range []string{"", "* * * * *", "*/5 1-3 * jan mon", "@every 1s", "@hourly", "CRON_TZ=Europe/Berlin 0 3 * * *", "TZ=America/Sao_Paulo @daily"} {
		require.NoError(t, Check(good, now), good)
	}
	for _, bad := range []string{"now and then", "* * * *", "* * * * %", "@every", "@never", "TZ=", "TZ=UTC", "CRON_TZ=", "CRON_TZ=Nowhere/At_all * * * * *", "61 * * * *", "* * * * * *"} {
		require.EqualError(t, Check(bad, now), "invalid CronSchedule.", bad)
	}
	require.EqualError(t, Check("0 0 30 2 *", now), "invalid CronSchedule, no time can be found to satisfy the schedule")
}

func TestWait(t *testing.T) {
	at := func(text string) time.Time {
		when, err := time.Parse(time.RFC3339Nano, text)
		require.NoError(t, err)
		return when
	}
	for _, c := range []struct {
		name, schedule, last, now string
		want                      time.Duration
	}{
		{"the first run", "0 * * * *", "2026-03-01T10:20:00Z", "2026-03-01T10:20:00Z", 40 * time.Minute},
		{"one that is on the hour", "0 * * * *", "2026-03-01T10:00:00Z", "2026-03-01T10:00:00Z", time.Hour},
		{"a run that ended soon", "0 * * * *", "2026-03-01T10:00:00Z", "2026-03-01T10:00:07Z", time.Hour - 7*time.Second},
		{"rounded up", "0 * * * *", "2026-03-01T10:00:00Z", "2026-03-01T10:59:58.1Z", 2 * time.Second},
		{"two that were missed", "0 * * * *", "2026-03-01T10:00:00Z", "2026-03-01T12:30:00Z", 30 * time.Minute},
		{"on the dot", "0 * * * *", "2026-03-01T10:00:00Z", "2026-03-01T12:00:00Z", 0},
		{"over before it was due", "0 * * * *", "2026-03-01T11:00:00Z", "2026-03-01T10:10:00Z", 50 * time.Minute},
		{"an interval", "@every 10s", "2026-03-01T10:00:00Z", "2026-03-01T10:00:03.5Z", 7 * time.Second},
		{"an interval from its beginning", "@every 10s", "2026-03-01T10:00:07.9Z", "2026-03-01T10:00:33Z", 4 * time.Second},
		{"less than a second", "@every 10ms", "2026-03-01T10:00:00.3Z", "2026-03-01T10:00:00.3Z", time.Second},
		{"of a zone", "CRON_TZ=Europe/Berlin 0 12 * * *", "2026-03-01T10:00:00Z", "2026-03-01T10:00:00Z", time.Hour},
		{"of a zone in summer", "TZ=Europe/Berlin 0 12 * * *", "2026-07-01T09:00:00Z", "2026-07-01T09:00:00Z", time.Hour},
		{"longer than can be told", "@every 2562000h", "2026-03-01T10:00:00Z", "2026-03-01T10:00:00Z", longest},
	} {
		got, found := Wait(c.schedule, at(c.last), at(c.now))
		require.True(t, found, c.name)
		require.Equal(t, c.want, got, c.name)
	}
	for _, none := range []string{"", "now and then", "0 0 30 2 *"} {
		_, found := Wait(none, time.Now(), time.Now())
		require.False(t, found, none)
	}
}

// The answer is that of looking at each time at which the schedule comes round.
func TestWaitIsNextNotBeforeNow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom([]string{"* * * * *", "*/7 * * * *", "15 2 * * *", "30 1-3 * * 0", "0 0 1 * *", "@every 1s", "@every 13m7s", "@hourly"}).Draw(t, "schedule")
		zone := rapid.SampledFrom([]string{"", "CRON_TZ=Europe/Berlin ", "TZ=America/Sao_Paulo ", "TZ=Australia/Lord_Howe "}).Draw(t, "zone")
		last := time.Unix(rapid.Int64Range(1_500_000_000, 1_900_000_000).Draw(t, "last"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanos")).UTC()
		now := last.Add(time.Duration(rapid.Int64Range(-int64(time.Hour), int64(3*time.Hour)).Draw(t, "since")))

		s, err := parse(zone + text)
		require.NoError(t, err)
		want := last
		if !now.Before(last) {
			for want = s.Next(last); want.Before(now); {
				want = s.Next(want)
			}
		}
		got, found := Wait(zone+text, last, now)
		require.True(t, found)
		require.Zero(t, got%time.Second)
		early := want.Sub(now)
		require.Truef(t, got >= early && got < early+time.Second, "waits %s where the time comes in %s", got, early)
	})
}

func FuzzCheck(f *testing.F) {
	for _, text := range []string{"* * * * *", "CRON_TZ=Europe/Berlin 0 3 * * *", "TZ=UTC", "@every 1h", "1-5/2,7 * * jan-mar ?"} {
		f.Add(text)
	}
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		_, found := Wait(text, now, now)
		if valid := text != "" && Check(text, now) == nil; valid != found {
			t.Fatalf("%q: valid %t, comes round %t", text, valid, found)
		}
	})
}
