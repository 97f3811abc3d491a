package gateway

import (
	"regexp"
	"strings"

	"go.temporal.io/api/serviceerror"
)

// A schedule is a descriptor, an interval, or five fields, behind a time zone perhaps.
var (
	cronZone  = regexp.MustCompile(`^(CRON_TZ|TZ)=\S+\s+`)
	cronField = regexp.MustCompile(`^[0-9A-Za-z*?,/-]+$`)
	cronEvery = regexp.MustCompile(`^@every \S+$`)
	cronNamed = regexp.MustCompile(`^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$`)
)

const cronFields = 5

// cronSchedule refuses what is no schedule as Temporal does, and any other since there are none here.
func cronSchedule(schedule string) error {
	if schedule == "" {
		return nil
	}
	rest := strings.TrimSpace(cronZone.ReplaceAllString(schedule, ""))
	if !cronEvery.MatchString(rest) && !cronNamed.MatchString(rest) && !areCronFields(strings.Fields(rest)) {
		return serviceerror.NewInvalidArgument("invalid CronSchedule.")
	}
	return absent("cron_schedule", true)
}

func areCronFields(fields []string) bool {
	for _, field := range fields {
		if !cronField.MatchString(field) {
			return false
		}
	}
	return len(fields) == cronFields
}
