package history

import (
	"time"

	"github.com/rs/zerolog"

	"github.com/perdure/perdure/history/machine"
)

// fewPerMinute lets through what many workflows may give cause to.
func fewPerMinute(logger zerolog.Logger) zerolog.Logger {
	return logger.Sample(&zerolog.BurstSampler{Burst: 20, Period: time.Minute})
}

// warn writes into the service's log what came near to a limit: of a history once a run, of payloads each time.
func (l *loop) warn(e *entry, warnings []machine.Warning) {
	for _, w := range warnings {
		told := l.limits.Warn().Str("workflow", e.ID).Int64("is", w.Is).Int64("limit", w.Limit)
		if e.Run != nil {
			told.Str("run", e.Run.RunID())
		}
		told.Msg(w.What)
	}
}
