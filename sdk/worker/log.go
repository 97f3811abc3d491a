package worker

import (
	"time"

	"github.com/rs/zerolog"
)

// often is the logger for what may befall every task at once: a few lines a minute, and none while the
// connection is lost, which is told by whoever made it.
func (w *Worker) often() *zerolog.Logger {
	if !w.conn.IsConnected() {
		return &silent
	}
	return &w.sampled
}

var silent = zerolog.Nop()

// sample drops the lines above a few a minute.
func sample(log zerolog.Logger) zerolog.Logger {
	return log.Sample(&zerolog.BurstSampler{Burst: 5, Period: time.Minute})
}
