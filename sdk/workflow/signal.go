package workflow

import (
	"container/list"
	"time"

	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/internal/engine"
)

// Signal is a declared signal: a name, and the type of what it carries.
type Signal[T any] struct{ name, description string }

// DeclareSignal declares the signal of the given name.
func DeclareSignal[T any](name string) Signal[T] { return Signal[T]{name: name} }

// WithDescription is the declaration with a text for user interfaces: what the signal does. Its first line may stand alone.
func (s Signal[T]) WithDescription(text string) Signal[T] {
	s.description = text
	return s
}

// Name is the signal's name.
func (s Signal[T]) Name() string { return s.name }

// Channel is where the signal arrives, in order, without a limit to how many wait. Signals that came before the first call are in it;
// every call gives an end of the same channel. A signal that cannot be decoded is logged and dropped.
func (s Signal[T]) Channel(ctx Context) ReceiveChannel[T] {
	r := ctx.run()
	r.env.DescribeSignal(s.name, s.description)
	return signalChannel[T]{r.signalChannel(s.name)}
}

// signalChannel is the channel of a name: for the code, or for an interceptor that gives a signal another name.
func (r *run) signalChannel(name string) *channel[*commonpb.Payloads] {
	c, known := r.signals[name]
	if !known {
		c = &channel[*commonpb.Payloads]{r: r, name: name, size: unlimited}
		r.signals[name] = c
		r.env.HandleSignal(name, r.signaled(name))
	}
	return c
}

// signaled hands the signals of a name to the interceptors, and behind them to their channel.
func (r *run) signaled(name string) engine.SignalHandler {
	return func(input *commonpb.Payloads, header *commonpb.Header) {
		err := r.inbound.HandleSignal(r.root, &HandleSignalInput{SignalName: name, Input: input, Header: header.GetFields()})
		if err != nil {
			logger := r.env.Logger()
			logger.Error().Err(err).Str("signal", name).Msg("a signal was dropped by an interceptor")
		}
	}
}

// signalChannel decodes what it receives.
type signalChannel[T any] struct{ *channel[*commonpb.Payloads] }

func (s signalChannel[T]) Receive(ctx Context) (T, bool) {
	for {
		payloads, more := s.channel.Receive(ctx)
		if value, ok := s.decode(payloads); ok {
			return value, more
		}
	}
}

func (s signalChannel[T]) ReceiveAsync() (value T, ok bool) {
	value, ok, _ = s.ReceiveAsyncWithMoreFlag()
	return value, ok
}

func (s signalChannel[T]) ReceiveAsyncWithMoreFlag() (value T, ok, more bool) {
	for {
		payloads, ok, more := s.channel.ReceiveAsyncWithMoreFlag()
		if !ok {
			return value, false, more
		}
		if value, ok := s.decode(payloads); ok {
			return value, true, true
		}
	}
}

func (s signalChannel[T]) ReceiveWithTimeout(ctx Context, timeout time.Duration) (value T, ok bool, err error) {
	return receiveWithTimeout[T](ctx, s, timeout)
}

// selectReady passes over signals that cannot be decoded: they end no wait.
func (s signalChannel[T]) selectReady() bool {
	for len(s.buffer) > 0 {
		if _, ok := s.decode(s.buffer[0]); ok {
			return true
		}
		s.buffer = s.buffer[1:]
	}
	return s.closed
}

// watch is the channel's, but a signal that cannot be decoded is taken and dropped, and the watch goes on.
func (s signalChannel[T]) watch(fire func(func()) bool) (forget func()) {
	var place *list.Element
	var r *receiver[*commonpb.Payloads]
	r = &receiver[*commonpb.Payloads]{take: func(payloads *commonpb.Payloads, more bool) bool {
		if _, ok := s.decode(payloads); more && !ok {
			place = s.receivers.PushBack(r)
			return true
		}
		return fire(func() {
			if more {
				s.buffer = append([]*commonpb.Payloads{payloads}, s.buffer...)
			}
		})
	}}
	place = s.receivers.PushBack(r)
	return func() { s.receivers.Remove(place) }
}

func (s signalChannel[T]) decode(payloads *commonpb.Payloads) (value T, ok bool) {
	if err := converter.Decode(s.r.env.DataConverter(), payloads, &value); err != nil {
		logger := s.r.env.Logger()
		logger.Error().Err(err).Str("signal", s.name).Msg("a signal was dropped: its sender and the workflow declare different types")
		return value, false
	}
	return value, true
}
