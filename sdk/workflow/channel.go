package workflow

import (
	"container/list"
	"math"
	"time"
)

// ReceiveChannel is the receiving end of a channel.
type ReceiveChannel[T any] interface {
	// Receive blocks until there is a value. more is false if the channel is closed and empty.
	Receive(ctx Context) (value T, more bool)
	// ReceiveAsync returns a value if there is one now.
	ReceiveAsync() (value T, ok bool)
	// ReceiveAsyncWithMoreFlag is ReceiveAsync that also tells whether there may be more: more is false if the
	// channel is closed and empty.
	ReceiveAsyncWithMoreFlag() (value T, ok, more bool)
	// ReceiveWithTimeout is Receive with a limit: ok is false if it has passed, or the channel is
	// closed and empty. It returns an error if ctx is cancelled first.
	ReceiveWithTimeout(ctx Context, timeout time.Duration) (value T, ok bool, err error)
	// Len is the number of values that can be received without blocking.
	Len() int
	// Name is the channel's name; for a signal, the signal's.
	Name() string

	selectable
}

// SendChannel is the sending end of a channel.
type SendChannel[T any] interface {
	// Send blocks until the value is received or buffered. It panics if the channel is closed.
	Send(ctx Context, value T)
	// SendAsync sends if that does not block, and tells whether it did.
	SendAsync(value T) (ok bool)
	// Sending is that value on its way to the channel, for [Selector].
	Sending(value T) AnySending
	// Close ends the channel: what is buffered can still be received.
	Close()
	// Name is the channel's name.
	Name() string
}

// Channel carries values between the coroutines of a run, as a Go channel does between goroutines.
type Channel[T any] interface {
	ReceiveChannel[T]
	SendChannel[T]
}

// NewChannel makes a channel without a buffer.
func NewChannel[T any](ctx Context) Channel[T] { return NewNamedBufferedChannel[T](ctx, "channel", 0) }

// NewBufferedChannel makes a channel that holds up to size values.
func NewBufferedChannel[T any](ctx Context, size int) Channel[T] {
	return NewNamedBufferedChannel[T](ctx, "channel", size)
}

// NewNamedChannel makes a channel without a buffer; its name shows in stack traces.
func NewNamedChannel[T any](ctx Context, name string) Channel[T] {
	return NewNamedBufferedChannel[T](ctx, name, 0)
}

// NewNamedBufferedChannel makes a channel that holds up to size values; its name shows in stack traces.
func NewNamedBufferedChannel[T any](ctx Context, name string, size int) Channel[T] {
	return &channel[T]{r: ctx.run(), name: name, size: size}
}

// unlimited is the size of a channel whose senders never block.
const unlimited = math.MaxInt

type channel[T any] struct {
	r         *run
	name      string
	size      int
	buffer    []T
	receivers list.List // of *receiver[T]; not empty only if buffer and senders are
	senders   list.List // of *sender[T]; not empty only if buffer is full
	closed    bool
}

// receiver is a coroutine or selector that waits for a value.
type receiver[T any] struct {
	// take is given a value, or the end of the channel; it returns false to leave it to others.
	take func(value T, more bool) bool
}

// sender is a coroutine or selector that waits for its value to be taken.
type sender[T any] struct {
	value T
	// take is called when that is so, or when the channel is closed.
	take func(closed bool)
}

func (c *channel[T]) Name() string { return c.name }

func (c *channel[T]) Len() int { return len(c.buffer) + c.senders.Len() }

// receive returns a value if there is one, and more = false at the end of the channel.
func (c *channel[T]) receive() (value T, ok, more bool) {
	if len(c.buffer) > 0 {
		value, c.buffer = c.buffer[0], c.buffer[1:]
		if s := c.nextSender(); s != nil {
			c.buffer = append(c.buffer, s.value)
		}
		return value, true, true
	}
	if s := c.nextSender(); s != nil {
		return s.value, true, true
	}
	return value, false, !c.closed
}

func (c *channel[T]) nextSender() *sender[T] {
	e := c.senders.Front()
	if e == nil || len(c.buffer) >= max(c.size, 1) {
		return nil
	}
	s := c.senders.Remove(e).(*sender[T])
	s.take(false)
	return s
}

func (c *channel[T]) Receive(ctx Context) (T, bool) {
	value, ok, more := c.receive()
	if ok || !more {
		return value, more
	}
	received := false
	c.receivers.PushBack(&receiver[T]{take: func(v T, m bool) bool {
		value, more, received = v, m, true
		return true
	}})
	ctx.run().env.Park("receiving from "+c.name, func() bool { return received })
	return value, more
}

func (c *channel[T]) ReceiveAsync() (T, bool) {
	value, ok, _ := c.receive()
	return value, ok
}

func (c *channel[T]) ReceiveAsyncWithMoreFlag() (T, bool, bool) { return c.receive() }

func (c *channel[T]) ReceiveWithTimeout(ctx Context, timeout time.Duration) (value T, ok bool, err error) {
	return receiveWithTimeout[T](ctx, c, timeout)
}

func receiveWithTimeout[T any](ctx Context, c ReceiveChannel[T], timeout time.Duration) (value T, ok bool, err error) {
	met, err := AwaitWithTimeout(ctx, timeout, c.selectReady)
	if err != nil || !met {
		return value, false, err
	}
	value, ok = c.ReceiveAsync()
	return value, ok, nil
}

func (c *channel[T]) Send(ctx Context, value T) {
	if c.SendAsync(value) {
		return
	}
	taken, closed := false, false
	c.senders.PushBack(&sender[T]{value, func(end bool) { taken, closed = !end, end }})
	ctx.run().env.Park("sending to "+c.name, func() bool { return taken || closed })
	if closed {
		c.panicClosed()
	}
}

func (c *channel[T]) panicClosed() {
	panic("channel " + c.name + " was closed while a coroutine was sending: close it when all have sent")
}

func (c *channel[T]) SendAsync(value T) bool {
	if c.closed {
		panic("send to the closed channel " + c.name + ": close it when all have sent")
	}
	for e := c.receivers.Front(); e != nil; e = c.receivers.Front() {
		if c.receivers.Remove(e).(*receiver[T]).take(value, true) {
			return true
		}
	}
	if len(c.buffer) < c.size {
		c.buffer = append(c.buffer, value)
		return true
	}
	return false
}

func (c *channel[T]) Close() {
	c.closed = true
	var zero T
	for e := c.receivers.Front(); e != nil; e = c.receivers.Front() {
		c.receivers.Remove(e).(*receiver[T]).take(zero, false)
	}
	for e := c.senders.Front(); e != nil; e = c.senders.Front() {
		c.senders.Remove(e).(*sender[T]).take(true)
	}
}

func (c *channel[T]) selectReady() bool { return c.Len() > 0 || c.closed }

// watch takes the value for the selector when it comes, so that nobody else can have it, and puts it
// back in front when the selector takes the case: the case's function receives it then.
func (c *channel[T]) watch(fire func(func()) bool) (forget func()) {
	place := c.receivers.PushBack(&receiver[T]{take: func(value T, more bool) bool {
		return fire(func() {
			if more {
				c.buffer = append([]T{value}, c.buffer...)
			}
		})
	}})
	return func() { c.receivers.Remove(place) }
}

func (c *channel[T]) Sending(value T) AnySending { return sending[T]{c, value} }

// sending is a value that a selector may send.
type sending[T any] struct {
	*channel[T]
	value T
}

func (s sending[T]) send() { s.SendAsync(s.value) }

func (s sending[T]) selectReady() bool {
	return s.closed || s.receivers.Len() > 0 || len(s.buffer) < s.size
}

func (s sending[T]) watch(fire func(func()) bool) (forget func()) {
	place := s.senders.PushBack(&sender[T]{s.value, func(closed bool) {
		fire(func() {
			if closed {
				s.panicClosed()
			}
		})
	}})
	return func() { s.senders.Remove(place) }
}
