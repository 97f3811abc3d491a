package connect

import (
	"errors"
	"io"
	"net"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/rs/zerolog"
)

// Announce are options that tell of a connection's life: one line when it is lost and one when it is
// back, whatever is sent meanwhile. What else NATS reports, a permission that is missing for example,
// is told five times a minute at most.
func Announce(logger zerolog.Logger) []nats.Option {
	log := logger.With().Str("component", "nats").Logger()
	reports := log.Sample(&zerolog.BurstSampler{Burst: 5, Period: time.Minute})
	return []nats.Option{
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil { // without one, the program closed it
				log.Warn().Err(err).Msg("the connection to NATS is lost; connecting again")
			}
		}),
		nats.ReconnectHandler(func(c *nats.Conn) {
			log.Warn().Str("url", Redact(c.ConnectedUrl())).Msg("connected to NATS again")
		}),
		nats.ErrorHandler(func(_ *nats.Conn, sub *nats.Subscription, err error) {
			if isBroken(err) {
				return // each write on a broken connection says so
			}
			event := reports.Warn().Err(err)
			if sub != nil {
				event = event.Str("subject", sub.Subject)
			}
			event.Msg("NATS reports an error")
		}),
	}
}

// isBroken tells errors of the connection itself: that it is lost is told once.
func isBroken(err error) bool {
	for _, target := range []error{io.EOF, io.ErrUnexpectedEOF, io.ErrClosedPipe, io.ErrShortWrite, net.ErrClosed, nats.ErrConnectionClosed, nats.ErrStaleConnection} {
		if errors.Is(err, target) {
			return true
		}
	}
	var operation *net.OpError
	return errors.As(err, &operation)
}
