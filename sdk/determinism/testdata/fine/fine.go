// Package fine has nothing to be found.
package fine

import (
	"time"

	"github.com/perdure/perdure/sdk/workflow"
)

func fine(ctx workflow.Context) (time.Time, error) {
	began := workflow.Now(ctx)
	return began.Add(time.Second), workflow.Sleep(ctx, time.Second)
}
