// Package workflowtest tests workflows and activities without a server.
//
// An [Environment] runs a workflow on a small history in memory: time skips ahead whenever the
// workflow waits, signals, updates and cancellations come at virtual times ([Environment.After]). Activities are
// replaced by functions of the test ([OnActivity]) or run for real ([Environment.Register]), attempt by attempt as
// in production: with retries and back-off, heartbeats and their details, time-outs, cancellation, and what operators do from outside
// ([Environment.PauseActivity], [Environment.ResetActivity]). So are
// local activities; while one runs, all else waits for the end of the workflow task, as in production. The
// engine is the worker's own, and what has run is replayed afterwards, so a test also shows that
// the workflow is deterministic.
//
// Child workflows run in the same time: the code given to [New], or a function of the test ([OnWorkflow]). They
// continue as new, are retried, and get their parent close policies; one with a cron schedule runs once. [Environment.Workflow] finds
// one for the test to signal, query, cancel or terminate, and to ask for its [Result]. Whom else a workflow signals or cancels, [Start]
// starts beside it.
//
// [Replay] runs a workflow's code over a saved history and fails where they disagree: run it over
// histories of production before deploying a change.
package workflowtest
