package wallclock

import (
	"context"
	crand "crypto/rand"
	"math/rand"
	"time"

	"github.com/perdure/perdure/sdk/workflow"
)

var Checkout = workflow.Declare[string, time.Time]("Checkout")

var Implementation = Checkout.Implement(checkout)

func checkout(ctx workflow.Context, id string) (time.Time, error) {
	began := workflow.Now(ctx)
	_ = workflow.Sleep(ctx, time.Until(began)) // want `^time.Until reads the worker's clock, which a replay finds changed: use workflow.Now \(workflow code: checkout\)$`
	time.Sleep(time.Second)                    // want `^time.Sleep waits by the worker's clock, .*: use workflow.Sleep or workflow.NewTimer`
	<-time.After(time.Second)                  // want `time.After waits` `receiving from a channel`
	return stamp(), nil
}

func stamp() time.Time {
	return time.Now() // want `^time.Now reads .*: use workflow.Now \(workflow code: checkout → stamp\)$`
}

// In the initialisation of a variable as in a function.
var Literal = Checkout.Implement(func(ctx workflow.Context, id string) (time.Time, error) {
	return time.Now(), nil // want `workflow code: function literal in Literal`
})

func numbers(ctx workflow.Context) int {
	seeded := rand.New(rand.NewSource(42))
	_, _ = crand.Read(nil)               // want `rand.Read has another outcome in a replay: use workflow.NewRand, workflow.NewUUID or workflow.SideEffect`
	return seeded.Intn(6) + rand.Intn(6) // want `rand.Intn has another outcome`
}

func deadline(ctx workflow.Context) {
	_, cancel := context.WithTimeout(context.Background(), time.Second) // want `context.WithTimeout waits`
	cancel()
}

// now is a function by another name.
var now = time.Now

func named(ctx workflow.Context) time.Time {
	later := time.Now         // want `time.Now reads`
	var laterStill = time.Now // want `time.Now reads`
	_, _ = later, laterStill
	return now() // want `time.Now reads`
}

// Nobody calls this from a workflow.
func outside() time.Time { return time.Now() }

func recorded(ctx workflow.Context) {
	_, _ = workflow.SideEffect(ctx, func() time.Time { return time.Now() })
	_, _ = workflow.SideEffect(ctx, time.Now)
	_, _ = workflow.SideEffectWithOptions(ctx, workflow.SideEffectOptions{Summary: "now"}, time.Now)
}
