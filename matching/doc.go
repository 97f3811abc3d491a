// Package matching brings tasks to workers.
//
// It receives from history, in this process, the tasks that nobody has
// started (Queue), workflow tasks for the worker that holds a run in its cache
// (Sticky) and queries (Query); and from the gateway a worker's request for its
// queue's consumer, its word that it still polls, its goodbye, and the request for a queue's description.
//
// A queued task goes into the namespace's work queue, the stream TASKS, and is pulled
// from there by workers without this package's help: one durable consumer per
// queue and kind. Sticky tasks and queries go to a worker as core NATS requests
// and never touch JetStream.
//
// Who polls a queue is known from what workers say to this process. How many tasks it holds, and how many
// come and go, is JetStream's to count: the description is of all processes.
//
// TASKS holds nothing that history could not queue again. When it was lost,
// it is made again and history is told (OnLost).
package matching
