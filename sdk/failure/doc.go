// Package failure has the typed errors of workflows and activities, and turns them into failures
// (failurepb.Failure), the form in which they are recorded in histories, and back.
//
// Application code makes an [ApplicationError] to say of what type an error is, whether it is worth
// a retry and when. All others are made by the system and are looked for with errors.As:
//
//	var timeout *failure.TimeoutError
//	if errors.As(err, &timeout) { ... }
//
// Any other Go error travels as an application failure whose type is the name of its Go type. An
// error that came out of a failure goes back into the very same failure, so nothing is lost on the
// way through a workflow, whatever language the failure was made in.
package failure
