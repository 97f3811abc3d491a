// Package workflow is what workflow code is written with.
//
// A workflow is declared once ([Declare]), with the types of its input and output, and implemented
// apart from that; its code blocks like any Go code, on futures, channels, timers and conditions, but
// only on those of this package. It has to be deterministic: the same history must lead to the same
// commands, since after a restart the code is run again over the recorded events. So it takes the
// time from [Now], starts coroutines with [Go], sleeps with [Sleep], and leaves every effect on the
// world to activities ([ExecuteActivity]).
//
// A [Context] is not a context.Context: what must not be called from workflow code does not compile
// with it.
package workflow
