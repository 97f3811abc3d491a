package runtime

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rs/zerolog"
)

// serverLog is nats-server's logger: what it tells goes to zerolog, quieter by one
// level since its notices are routine here, and a fatal error is kept for who starts the server.
type serverLog struct {
	logger zerolog.Logger
	full   zerolog.Logger // says what to do about a full disk, at most once a minute

	mu    sync.Mutex // guards fatal: the server logs from many goroutines
	fatal string
}

func newServerLog(logger zerolog.Logger) *serverLog {
	logger = logger.With().Str("component", "nats-server").Logger()
	return &serverLog{logger: logger, full: logger.Sample(&zerolog.BurstSampler{Burst: 1, Period: time.Minute})}
}

func (l *serverLog) Noticef(format string, v ...any) {
	l.logger.Debug().Msgf(strings.TrimSpace(format), v...)
}

func (l *serverLog) Warnf(format string, v ...any)  { l.logger.Warn().Msgf(format, v...) }
func (l *serverLog) Debugf(format string, v ...any) { l.logger.Trace().Msgf(format, v...) }

// Errorf adds what to do about a full disk: nats-server goes on, and a stream that could not be written
// takes nothing any more.
func (l *serverLog) Errorf(format string, v ...any) {
	text := fmt.Sprintf(format, v...)
	l.logger.Error().Msg(text)
	if isDiskFull(text) {
		l.full.Error().Msg("the disk is full: free some space and start again; nothing acknowledged is lost")
	}
}

// isDiskFull tells by nats-server's words, which are all there is: it formats the cause into text.
func isDiskFull(text string) bool { return strings.Contains(text, syscall.ENOSPC.Error()) }

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
	if isDiskFull(l.fatal) {
		return errDiskFull(storeDir, errors.New(l.fatal))
	}
	return fmt.Errorf("embedded NATS: %s (its data is in %s)", l.fatal, storeDir)
}
