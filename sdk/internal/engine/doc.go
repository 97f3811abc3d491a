// Package engine runs one workflow run: history events go in, commands come out.
//
// The worker makes an [Execution] for a run, hands it each workflow task with its events, and sends
// back the completion that [Execution.Handle] returns. The execution replays the events, runs the
// workflow's coroutines until all are blocked, compares what they did with what the history says
// they did, and keeps its state for the next task until it is closed.
//
// Workflow code does not see this package: package workflow gives it typed, blocking operations and
// builds them on [Env], which takes commands and calls back with results.
package engine
