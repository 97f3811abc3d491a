package workflow

// Selector waits for the first of several things to happen. A selector may be used again and again: a
// future's case is taken once, a channel's whenever there is a value.
type Selector interface {
	// AddFuture adds a case for when f is ready. fn gets the value with f.Get.
	AddFuture(f AnyFuture, fn func()) Selector
	// AddReceive adds a case for when c has a value or is closed. fn gets the value with c.Receive; if
	// it does not, the value stays in the channel.
	AddReceive(c AnyReceiveChannel, fn func()) Selector
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

// NewSelector makes a selector without cases.
func NewSelector(Context) Selector { return &selector{} }

type selector struct {
	cases    []*selectorCase
	fallback func()
}

type selectorCase struct {
	on   selectable
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
		c.run()
		return
	}
	if s.fallback != nil {
		s.fallback()
		return
	}
	s.wait(ctx).run()
}

// wait blocks until the first case fires.
func (s *selector) wait(ctx Context) *selectorCase {
	var (
		won  *selectorCase
		take func()
	)
	for _, c := range s.cases {
		if c.used {
			continue
		}
		forget := c.on.watch(func(t func()) bool {
			if won != nil {
				return false
			}
			won, take = c, t
			return true
		})
		defer forget()
	}
	ctx.run().env.Park("a selector", func() bool { return won != nil })
	take()
	return won
}

func (c *selectorCase) run() {
	c.used = c.once
	if c.fn != nil {
		c.fn()
	}
}
