// Package machine is the state machine of one workflow run: pure, with no NATS,
// no goroutine, no context, no clock and no randomness of its own.
//
// A request goes in, with the time and the id that a new run would have; a
// record comes out that says what to persist, a reply, and the tasks that are
// owed from then on. The shard's loop persists the record first, and
// only then lets the reply and the tasks out.
//
//	Decide(workflow, input)   what a request does: a record and a reply, or a refusal that changed nothing
//	Evolve(workflow, record)  the same change of state, from the record alone; for recovery
//	Run.Owed                  the tasks to queue that came with the last transactions
//	Run.Outstanding           all that is still owed, for a new owner
//	Run.NextDue               when time itself is the next request (Due)
//
// Decide changes the state only through the very function that Evolve uses: each
// change is added to the record and applied at once, so that later steps of
// the same transaction see it. All that could refuse is checked before the first change.
//
// Each feature has its file: start, workflowtask, command, activity, timer, signal,
// cancel, terminate, close, retry, query, describe, history. The order of events and their
// attributes are those of Temporal 1.32.
package machine
