package workflow

import "github.com/perdure/perdure/sdk/internal/engine"

// Version numbers the variants of a piece of workflow code.
type Version = int

// DefaultVersion is the code that was there before [GetVersion] was put around it.
const DefaultVersion Version = engine.DefaultVersion

// GetVersion lets workflow code change while runs are open: it returns the version of the change that
// this run uses, which is the highest one when the run first comes here, recorded in the history, and
// the same ever after; a run that came by before the call was there gets [DefaultVersion]. If the run's
// version is not between min and max, the workflow task fails until a worker with that code takes it.
//
// What it records is in the search attribute TemporalChangeVersion, too, as "change-version" for each change: lists tell when the last run that uses a
// version is closed. Versions that are more than the 2 KiB of a search attribute are recorded without that.
//
//	if workflow.GetVersion(ctx, "charge-first", workflow.DefaultVersion, 1) == 1 {
//		// the new order
//	} else {
//		// the old order, for as long as such runs are open
//	}
func GetVersion(ctx Context, changeID string, min, max Version) Version {
	return ctx.run().env.Version(changeID, min, max)
}
