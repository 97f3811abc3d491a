package runtime

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"syscall"

	"github.com/rs/zerolog"
)

// serverLog is nats-server's logger: what it tells goes to zerolog, quieter by one
// level since its notices are routine here, and a fatal error is kept for who starts the server.
type serverLog struct {
	logger zerolog.Logger

	mu    sync.Mutex // guards fatal: the server logs from many goroutines
	fatal string
}

func newServerLog(logger zerolog.Logger) *serverLog {
	return &serverLog{logger: logger.With().Str("component", "nats-server").Logger()}
}

func (l *serverLog) Noticef(format string, v ...any) {
	l.logger.Debug().Msgf(strings.TrimSpace(format), v...)
}

func (l *serverLog) Warnf(format string, v ...any)  { l.logger.Warn().Msgf(format, v...) }
func (l *serverLog) Errorf(format string, v ...any) { l.logger.Error().Msgf(format, v...) }
func (l *serverLog) Debugf(format string, v ...any) { l.logger.Trace().Msgf(format, v...) }

// Tracef shows protocol lines, and so payloads: they are not for a log.
func (l *serverLog) Tracef(string, ...any) {}

// Fatalf keeps the first; nats-server goes on as far as it can.
func (l *serverLog) Fatalf(format string, v ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fatal == "" {
		l.fatal = fmt.Sprintf(format, v...)
	}
}

// failure is what kept the server from starting, or nil.
func (l *serverLog) failure(storeDir string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fatal == "" {
		return nil
	}
	// nats-server formats the cause into text; its own words are all there is to tell by.
	if strings.Contains(l.fatal, syscall.ENOSPC.Error()) {
		return errDiskFull(storeDir, errors.New(l.fatal))
	}
	return fmt.Errorf("embedded NATS: %s (its data is in %s)", l.fatal, storeDir)
}
