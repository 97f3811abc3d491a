package gateway

import (
	"time"

	"github.com/perdure/perdure/internal/cron"
)

// cronSchedule refuses what is no schedule, and one whose time never comes.
func cronSchedule(schedule string) error { return cron.Check(schedule, time.Now()) }
