// Package determinism is a check of workflow code for what a replay would not do again as it was: an analyzer of
// golang.org/x/tools/go/analysis, which `perdure vet` runs, and any driver of such analyzers can.
//
// Workflow code is every function whose first parameter is a workflow.Context, of package sdk/workflow or of Temporal's
// Go SDK, and what it calls: functions and methods of this package and of others, function literals, package variables that hold a
// function, and a method of an interface when one type alone implements it. A call that cannot be resolved is not
// followed, so what the check says is meant to be right, and what it does not say is not proven.
//
// What is looked at, and how closely:
//
//	the module's own code   everything that [Kind] lists
//	other modules           clock, timers, randomness, goroutines, files and networks alone: a library may have its locks and caches
//	the standard library    by table, never by its code
//	the SDKs                not at all, but for their clients, which are I/O
//
// Not workflow code are activities (functions that take a context.Context first, when they are passed and not called), what is given
// to SideEffect, MutableSideEffect and ExecuteLocalActivity, and query handlers, whose answers no history holds. Code behind
// !workflow.IsReplaying(ctx) may log and count. A range over a map is well if the order of its rounds cannot be seen: if they only collect what
// is sorted afterwards, fill another map by key, add integers, look for a greatest, and the like.
//
// A finding says what, why, what to use in its place, and the calls that lead there from the workflow. It stands where the
// offending code is, or, when that is in another package, where the call leaves this one. A comment takes it away:
//
//	total += price() //perdure:allow the price list is compiled in
//
// stands on the line of the finding or of a call on its way, or alone on the line above, or above a whole function. It needs
// a reason. Temporal's //workflowcheck:ignore does the same, needs none, and above a statement takes in all of it.
package determinism
