package workflow

// Selector waits for the first of several things to happen. A selector may be used again and again: a
// future's case is taken once, a channel's whenever there is a value.
type Selector interface {
	// AddFuture adds a case for when f is ready. fn gets the value with f.Get.
	AddFuture(f AnyFuture, fn func()) Selector
	// AddReceive adds a case for when c has a value or is closed. fn gets the value with c.Receive; if
	// it does not, the value stays in the channel.
	AddReceive(c AnyReceiveChannel, fn func()) Selector
	// AddSend adds a case for when the value of c, which Sending of its channel makes, can be sent. fn is called when it is.
	// It panics where the channel is closed.
	AddSend(c AnySending, fn func()) Selector
	// AddDefault adds what is done if nothing else can be.
	AddDefault(fn func()) Selector
	// Select runs the function of one case. If several can be taken, it is the one added first; if
	// none can, it is the one that happens first.
	Select(ctx Context)
	// HasPending tells whether a case other than the default can be taken.
	HasPending() bool
}

// AnyFuture is a [Future] of any type.
type AnyFuture interface {
	IsReady() bool
	selectable
}

// AnyReceiveChannel is a [ReceiveChannel] of any type.
type AnyReceiveChannel interface {
	Len() int
	selectable
}

// AnySending is a value of any type on its way to a channel: see [SendChannel].
type AnySending interface {
	send()
	selectable
}

// NewSelector makes a selector without cases.
func NewSelector(Context) Selector { return &selector{reason: "a selector"} }

// NewNamedSelector makes a selector without cases; its name shows in stack traces.
func NewNamedSelector(_ Context, name string) Selector { return &selector{reason: "selector " + name} }

type selector struct {
	reason   string // that stack traces give for its wait
	cases    []*selectorCase
	fallback func()
}

type selectorCase struct {
	on   selectable
	take func() // what taking the case does, where it can be taken at once; nil: nothing
	fn   func()
	once bool
	used bool
}

func (s *selector) AddFuture(f AnyFuture, fn func()) Selector {
	s.cases = append(s.cases, &selectorCase{on: f, fn: fn, once: true})
	return s
}

func (s *selector) AddReceive(c AnyReceiveChannel, fn func()) Selector {
	s.cases = append(s.cases, &selectorCase{on: c, fn: fn})
	return s
}

func (s *selector) AddSend(c AnySending, fn func()) Selector {
	s.cases = append(s.cases, &selectorCase{on: c, take: c.send, fn: fn})
	return s
}

func (s *selector) AddDefault(fn func()) Selector {
	s.fallback = fn
	return s
}

func (s *selector) HasPending() bool { return s.ready() != nil }

func (s *selector) ready() *selectorCase {
	for _, c := range s.cases {
		if !c.used && c.on.selectReady() {
			return c
		}
	}
	return nil
}

func (s *selector) Select(ctx Context) {
	if c := s.ready(); c != nil {
		if c.take != nil {
			c.take()
		}
		c.run()
		return
	}
	if s.fallback != nil {
		s.fallback()
		return
	}
	s.wait(ctx).run()
}

// wait blocks until the first case fires. The others are forgotten at once: who still waits for something wants it.
func (s *selector) wait(ctx Context) *selectorCase {
	var (
		won    *selectorCase
		take   func()
		forget []func()
	)
	end := func() {
		for _, fn := range forget {
			fn()
		}
		forget = nil
	}
	defer end()
	for _, c := range s.cases {
		if c.used {
			continue
		}
		forget = append(forget, c.on.watch(func(t func()) bool {
			if won != nil {
				return false
			}
			won, take = c, t
			end()
			return true
		}))
	}
	ctx.run().env.Park(s.reason, func() bool { return won != nil })
	take()
	return won
}

func (c *selectorCase) run() {
	c.used = c.once
	if c.fn != nil {
		c.fn()
	}
}
