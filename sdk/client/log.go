package client

import (
	"os"
	"reflect"
	"time"

	"github.com/rs/zerolog"
)

// orDefault is the logger that was set, or else one for warnings and errors: that a worker has nobody to ask for
// tasks must not go unseen. (zerolog's Nop is not its zero value.)
func orDefault(log zerolog.Logger) zerolog.Logger {
	if !reflect.ValueOf(log).IsZero() {
		return log
	}
	writer := zerolog.ConsoleWriter{Out: os.Stderr, TimeFormat: time.TimeOnly, NoColor: true}
	return zerolog.New(writer).Level(zerolog.WarnLevel).With().Timestamp().Logger()
}
