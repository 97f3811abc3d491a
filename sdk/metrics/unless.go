package metrics

import "time"

// Unless is a handler that is still while the condition holds: of a workflow that is replayed.
func Unless(condition func() bool, h Handler) Handler { return unless{condition, h} }

type unless struct {
	still   func() bool
	handler Handler
}

func (u unless) WithTags(tags map[string]string) Handler {
	return unless{u.still, u.handler.WithTags(tags)}
}

func (u unless) Counter(name string) Counter {
	c := u.handler.Counter(name)
	return counterFunc(func(n int64) {
		if !u.still() {
			c.Inc(n)
		}
	})
}

func (u unless) Gauge(name string) Gauge {
	g := u.handler.Gauge(name)
	return gaugeFunc(func(value float64) {
		if !u.still() {
			g.Update(value)
		}
	})
}

func (u unless) Timer(name string) Timer {
	t := u.handler.Timer(name)
	return timerFunc(func(took time.Duration) {
		if !u.still() {
			t.Record(took)
		}
	})
}

type (
	counterFunc func(int64)
	gaugeFunc   func(float64)
	timerFunc   func(time.Duration)
)

func (f counterFunc) Inc(n int64)             { f(n) }
func (f gaugeFunc) Update(value float64)      { f(value) }
func (f timerFunc) Record(took time.Duration) { f(took) }
