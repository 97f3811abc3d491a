// Package workflow is what workflow code is written with.
//
// A workflow is declared once ([Declare]), with the types of its input and output, and implemented
// apart from that; its code blocks like any Go code, on futures, channels, timers and conditions, but
// only on those of this package. It has to be deterministic: the same history must lead to the same
// commands, since after a restart the code is run again over the recorded events. So it takes the
// time from [Now], starts coroutines with [Go], sleeps with [Sleep], and leaves every effect on the
// world to activities ([ExecuteActivity]), or, where it is brief, to local ones ([ExecuteLocalActivity]).
//
// A workflow that returns an error is closed as failed, or tried again as its retry policy says; one that
// returns a [NewContinueAsNewError] goes on in a new run, and one that returns a cancellation is closed as
// canceled. A panic closes nothing: it fails the workflow task, which is tried again until the code is
// mended.
//
// A [Context] is not a context.Context: what must not be called from workflow code does not compile
// with it. Its functions may be called from the workflow's coroutines only.
package workflow
