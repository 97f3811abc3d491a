package api

import "time"

// LongestDuration is Temporal's: longer ones are cut to it, so that they can be added to a time in nanoseconds.
const LongestDuration = 100 * 365 * 24 * time.Hour
