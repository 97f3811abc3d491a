package workflow

// Query is a declared query: a name, and the types of the question and the answer.
type Query[In, Out any] struct{ name string }

// DeclareQuery declares the query of the given name.
func DeclareQuery[In, Out any](name string) Query[In, Out] { return Query[In, Out]{name: name} }

// Name is the query type's name.
func (q Query[In, Out]) Name() string { return q.name }
