package workflow

import (
	"fmt"

	"github.com/perdure/perdure/sdk/internal/attributes"
)

// UpsertSearchAttributes sets search attributes of the run, by which lists find it from the end of this workflow task on: strings, integers, floats,
// booleans, times and lists of strings; nil removes one, and those that are not named stay as they are. [GetInfo] has them at once. A run that
// this one continues as new begins with them; a retry, and the next run of a schedule, with those of the start.
//
// The error tells of a value that cannot be indexed, or that there is none. That the namespace has no search attribute of a name, or one of
// another type, fails the workflow task until it has.
func UpsertSearchAttributes(ctx Context, values map[string]any) error {
	return ctx.run().outbound.UpsertSearchAttributes(ctx, &UpsertSearchAttributesInput{SearchAttributes: values})
}

// UpsertMemo sets fields of the run's memo, which descriptions and lists show from the end of this workflow task on; nil removes one, and those that are
// not named stay as they are. [GetInfo] has them at once. The next run has them as it has search attributes. The error is one of
// converting a value, or tells that there is none.
func UpsertMemo(ctx Context, values map[string]any) error {
	return ctx.run().outbound.UpsertMemo(ctx, &UpsertMemoInput{Memo: values})
}

func (outbound) UpsertSearchAttributes(ctx Context, in *UpsertSearchAttributesInput) error {
	if _, ok := in.SearchAttributes[attributes.ChangeVersion]; ok {
		return fmt.Errorf("upsert search attributes: %s is set by GetVersion alone; take another one", attributes.ChangeVersion)
	}
	indexed, err := attributes.Upsert(in.SearchAttributes)
	if err != nil {
		return fmt.Errorf("upsert search attributes: %w", err)
	}
	ctx.run().env.UpsertSearchAttributes(indexed)
	return nil
}

func (outbound) UpsertMemo(ctx Context, in *UpsertMemoInput) error {
	env := ctx.run().env
	memo, err := attributes.UpsertMemo(env.DataConverter(), in.Memo)
	if err != nil {
		return fmt.Errorf("upsert the memo: %w", err)
	}
	env.UpsertMemo(memo)
	return nil
}
