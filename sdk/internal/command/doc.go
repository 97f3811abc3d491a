// Package command knows what workflow code asks of the server: the commands of a workflow task, the
// events that the server writes for them, and what may follow.
//
// Each kind of command has a small state machine ([Activity], [Timer], [Child], [External], [Marker], [Close]) that
// commands and events move; an event that does not fit the state is an error. The [Outbox] collects
// the commands of the task being run, predicts the id of the event that each will make, and, once
// the task is completed, compares the commands with the events ([Outbox.Settle]).
//
// The package is pure: it knows nothing of coroutines, futures or the clock.
package command
