// Package coroutine runs the coroutines of one workflow: one at a time, in order of creation but for those that go first.
//
// A coroutine runs until it parks itself on a condition. The [Dispatcher] goes over its coroutines
// again and again, resuming each whose condition holds, until a whole round found none. Nothing but
// the code itself decides the order, so the same inputs give the same run.
//
// The switch is iter.Pull's, a direct hand-over without the scheduler. Run and Close may be called
// from different goroutines, but not at the same time.
package coroutine
