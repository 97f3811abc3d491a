package concurrent

import (
	"runtime"
	"sync"

	"github.com/perdure/perdure/sdk/workflow"
)

func beside(ctx workflow.Context) {
	go work() // want `^the go statement runs beside the workflow, in an order that no replay repeats: use workflow.Go \(workflow code: beside\)$`
	workflow.Go(ctx, func(ctx workflow.Context) {
		runtime.Gosched() // want `runtime.Gosched tells of the worker`
	})
}

func work() { select {} } // want `the select statement .*workflow code: locks → work`

func channels(ctx workflow.Context, in <-chan int, out chan<- int) {
	out <- 1       // want `sending to a channel of Go's`
	for range in { // want `receiving from a channel of Go's`
	}
	select { // want `the select statement blocks where the workflow's scheduler does not see it: use workflow.NewChannel and workflow.NewSelector`
	case <-in:
		out <- 2 // want `sending to a channel`
	default:
	}
	close(out)
}

type shelf struct {
	mutex sync.RWMutex
	group sync.WaitGroup
	once  sync.Once
}

func locks(ctx workflow.Context, s *shelf) {
	s.mutex.RLock() // want `\(\*sync.RWMutex\).RLock blocks`
	defer s.mutex.RUnlock()
	s.group.Go(work) // want `\(\*sync.WaitGroup\).Go runs beside`
	s.group.Wait()   // want `\(\*sync.WaitGroup\).Wait blocks`
	s.once.Do(func() {})
}
