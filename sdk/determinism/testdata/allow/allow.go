package allow

import (
	"time"

	"github.com/perdure/perdure/sdk/workflow"
)

func behind(ctx workflow.Context) {
	time.Sleep(1) //perdure:allow the test says so
	time.Sleep(1) // want `time.Sleep`
}

func above(ctx workflow.Context) {
	//perdure:allow the test says so,
	// at length
	time.Sleep(1)
	time.Sleep(1) // want `time.Sleep`

	/* want `perdure:allow without a reason allows nothing` */ //perdure:allow
	time.Sleep(1)                                              // want `time.Sleep`

	//perdure:allowed is another word
	time.Sleep(1) // want `time.Sleep`
}

// called is allowed as a whole.
//
//perdure:allow the test says so
func called() {
	time.Sleep(1)
}

func calls(ctx workflow.Context) {
	called()
	far() //perdure:allow the test says so
}

func far() { time.Sleep(1) }

func loop(ctx workflow.Context, m map[string]int) {
	//workflowcheck:ignore
	for range m {
		time.Sleep(1)
	}
	//perdure:allow the order, and not what is done in it
	for range m {
		time.Sleep(1) // want `time.Sleep`
	}
	time.Sleep(1) //workflowcheck:ignore
}
