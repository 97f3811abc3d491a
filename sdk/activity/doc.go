// Package activity is what activities are declared and written with.
//
// An activity is declared once ([Declare]), with the types of its input and output, and implemented
// apart from that, as a function of a context.Context and the input. It may do anything; it may run
// more than once, since an attempt that failed, panicked, timed out or was lost with its worker is made again as the
// workflow's retry policy says: make its effect idempotent, for one by [Info]'s WorkflowID and ActivityID.
// Package failure has errors that say of what type they are, and that another attempt is of no use.
//
// Its context ends when the workflow cancels the activity (which it learns by heartbeats), when a
// time-out has passed, or when the worker is stopped and the time to finish is over; context.Cause
// tells which. The functions of this package read the attempt from that context. In a context of
// any other kind, such as a unit test's, they do nothing and return zero values; package workflowtest
// gives an activity a whole one.
package activity
