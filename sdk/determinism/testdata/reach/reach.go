package reach

import (
	"slices"
	"time"

	"example.com/shop/prices"

	"github.com/perdure/perdure/sdk/workflow"
)

type clock interface{ now() time.Time }

type wall struct{}

func (wall) now() time.Time { return time.Now() } // want `workflow code: \(\*run\).steps → \(wall\).now`

// Of a pair nobody knows which it is.
type teller interface{ tell() time.Time }

type first struct{}

func (first) tell() time.Time { return time.Now() }

type second struct{}

func (second) tell() time.Time { return time.Now() }

type run struct {
	clock
	price func() int
}

func (r *run) steps(ctx workflow.Context, t teller) {
	_ = r.clock.now()
	_ = t.tell()
	_ = r.price()
	_ = prices.Of("tea") // want `^os.ReadFile reaches .*\(workflow code: \(\*run\).steps → prices.Of → prices.read, at example.com/shop/prices/prices.go:\d+\)$` `time.Now reads`
	_ = prices.Held()    // want `rand.Int has`
	_ = prices.Tax(1)
	_ = prices.Hour(ctx)
	r.again(3)
	each([]int{1}, func(i int) { late(i) })
	slices.SortFunc([]int{1}, byTime)
	workflow.Go(ctx, r.beside)
	_ = workflow.Await(ctx, func() bool { return late(1) > 0 })
	_ = workflow.Await(ctx, soon)
}

func (r *run) again(n int) {
	if n > 0 {
		r.again(n - 1)
	}
	time.Sleep(1) // want `workflow code: \(\*run\).steps → \(\*run\).again`
}

func (r *run) beside(ctx workflow.Context) {
	time.Sleep(1) // want `workflow code: \(\*run\).steps → \(\*run\).beside`
}

func each[T any](list []T, do func(T)) {
	for _, one := range list {
		do(one)
	}
	tick[T]{}.wait()
}

type tick[T any] struct{}

func (tick[T]) wait() {
	time.Sleep(1) // want `workflow code: \(\*run\).steps → each → \(tick\).wait`
}

func late(i int) int { return time.Now().Day() } // want `workflow code: \(\*run\).steps → late`

func byTime(a, b int) int { return time.Now().Day() } // want `workflow code: \(\*run\).steps → byTime`

func soon() bool { return time.Now().IsZero() } // want `workflow code: \(\*run\).steps → soon`

var status = workflow.DeclareQuery[workflow.None, time.Time]("status")

func asked(ctx workflow.Context) {
	status.Handle(ctx, func(workflow.None) (time.Time, error) { return time.Now(), nil })
}

// The way is told from the workflow that nobody calls.
func outermost(ctx workflow.Context) { inner(ctx) }

func inner(ctx workflow.Context) {
	time.Sleep(1) // want `workflow code: outermost → inner\)`
}

// Two that call each other have no outermost.
func ping(ctx workflow.Context) { pong(ctx) }

func pong(ctx workflow.Context) {
	ping(ctx)
	time.Sleep(1) // want `workflow code: pong\)`
}
