package command

import "fmt"

// move is one allowed transition.
type move[S comparable] struct {
	from S
	on   string
	to   S
}

// IllegalError says that a history has an event where none can be: it is damaged, or the workflow's
// code has changed.
type IllegalError struct {
	What  string // the command, with its id
	State string
	On    string
}

// Error implements error.
func (e *IllegalError) Error() string {
	return fmt.Sprintf("%s is %s and cannot be %s: the history is damaged, or the workflow's code has changed since it was written; compare the two", e.What, e.State, e.On)
}

// next follows the transition from a state, or returns an [*IllegalError].
func next[S interface {
	comparable
	fmt.Stringer
}](moves []move[S], from S, on string, what fmt.Stringer) (S, error) {
	for _, m := range moves {
		if m.from == from && m.on == on {
			return m.to, nil
		}
	}
	return from, &IllegalError{What: what.String(), State: from.String(), On: on}
}
