// Package cron tells when a workflow's cron schedule comes round. The gateway refuses with it what is no
// schedule, and the history service's machine asks it how long the next run waits.
//
// A schedule is what crontab's five fields say, a descriptor (@hourly, @daily, ...), or an interval
// (@every 90m), in UTC unless "CRON_TZ=Europe/Berlin " or "TZ=..." stands before it. It never comes round
// more often than once a second.
package cron
