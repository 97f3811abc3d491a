package workflow

// Signal is a declared signal: a name, and the type of what it carries.
type Signal[T any] struct{ name string }

// DeclareSignal declares the signal of the given name.
func DeclareSignal[T any](name string) Signal[T] { return Signal[T]{name: name} }

// Name is the signal's name.
func (s Signal[T]) Name() string { return s.name }
