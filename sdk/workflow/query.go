package workflow

import (
	"fmt"

	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/sdk/converter"
)

// Query is a declared query: a name, and the types of the question and the answer.
type Query[In, Out any] struct{ name, description string }

// DeclareQuery declares the query of the given name.
func DeclareQuery[In, Out any](name string) Query[In, Out] { return Query[In, Out]{name: name} }

// WithDescription is the declaration with a text for user interfaces: what the answer tells. Its first line may stand alone.
func (q Query[In, Out]) WithDescription(text string) Query[In, Out] {
	q.description = text
	return q
}

// Name is the query type's name.
func (q Query[In, Out]) Name() string { return q.name }

// Handle makes fn answer the query from now on. It may be called at any time in the workflow's life,
// a closed one included; it must neither change variables nor block nor issue commands. Call Handle
// before the workflow first blocks, so that early queries find it.
func (q Query[In, Out]) Handle(ctx Context, fn func(in In) (Out, error)) {
	r := ctx.run()
	env := r.env
	r.queries[q.name] = func(input any) (any, error) {
		in, err := passed[In](input, "arguments of query "+q.name)
		if err != nil {
			return nil, err
		}
		return fn(in)
	}
	env.DescribeQuery(q.name, q.description)
	env.HandleQuery(q.name, func(args *commonpb.Payloads, header *commonpb.Header) (*commonpb.Payloads, error) {
		var in In
		if err := converter.Decode(env.DataConverter(), args, &in); err != nil {
			return nil, fmt.Errorf("arguments of query %s: %w; the caller's declaration must have the same input type", q.name, err)
		}
		out, err := r.inbound.HandleQuery(r.root, &HandleQueryInput{QueryType: q.name, Input: in, Header: header.GetFields()})
		if err != nil {
			return nil, err
		}
		return converter.Encode(env.DataConverter(), out)
	})
}
