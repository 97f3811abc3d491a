package workflow

import (
	"github.com/rs/zerolog"

	"github.com/perdure/perdure/sdk/internal/engine"
)

// Info is what a run knows of itself. Its pointers are shared: do not write to what they point to.
type Info = engine.Info

// GetInfo tells what the run knows of itself, up to the present workflow task.
func GetInfo(ctx Context) Info { return ctx.run().env.Info() }

// IsReplaying tells whether the code now repeats what is already in the history. Never let the
// workflow's course depend on it.
func IsReplaying(ctx Context) bool { return ctx.run().env.Replaying() }

// GetLogger is the worker's logger with the run's names. It writes nothing while the workflow is
// replayed, so every line appears once.
func GetLogger(ctx Context) zerolog.Logger {
	env := ctx.run().env
	info := env.Info()
	return env.Logger().With().Str("workflow", info.WorkflowType).Str("workflow_id", info.WorkflowID).Str("run_id", info.RunID).Logger()
}
