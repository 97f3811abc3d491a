package workflow

import (
	"fmt"
	"runtime/debug"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/internal/engine"
)

// Update is a declared update: a name, and the types of what it brings and of what it is answered with. It is a request that changes a
// running workflow, whose caller is told what came of it.
type Update[In, Out any] struct{ name, description string }

// DeclareUpdate declares the update of the given name, of 1 to 1000 bytes.
func DeclareUpdate[In, Out any](name string) Update[In, Out] { return Update[In, Out]{name: name} }

// WithDescription is the declaration with a text for user interfaces: what the update does. Its first line may stand alone.
func (u Update[In, Out]) WithDescription(text string) Update[In, Out] {
	u.description = text
	return u
}

// Name is the update's name.
func (u Update[In, Out]) Name() string { return u.name }

// UpdateHandlerOptions say more about how an update with an In is handled.
type UpdateHandlerOptions[In any] struct {
	// Validator, unless it is nil, looks at each update before it is accepted. Its error, or panic, rejects it: its caller gets that, and
	// nothing of the update is left in the history. It must neither change variables nor block nor issue commands, and is not run
	// again on replay.
	Validator func(ctx Context, in In) error
	// UnfinishedPolicy says what a workflow that ends while the handler runs does about it.
	UnfinishedPolicy HandlerUnfinishedPolicy
}

// HandlerUnfinishedPolicy is what happens when a workflow ends while handlers of updates run. Their callers get a failure in any case.
type HandlerUnfinishedPolicy int

const (
	// HandlerUnfinishedPolicyWarnAndAbandon logs a warning, unless the workflow has failed.
	HandlerUnfinishedPolicyWarnAndAbandon HandlerUnfinishedPolicy = iota
	// HandlerUnfinishedPolicyAbandon is silent.
	HandlerUnfinishedPolicyAbandon
)

// Handle makes fn carry out the update from now on. Each runs in a coroutine of its own, before the other code of its workflow task, and may block like
// any code of the workflow; its context ends with the workflow's. An update is accepted, and in the history, before its handler begins. Its caller is
// told what fn returns; an error fails the update and nothing else, while a panic fails the workflow task, as in all code.
//
// Call Handle before the workflow first blocks, so that early updates find it: those that no handler has been set for by then are
// rejected. Handle itself lets the updates run that wait for it.
func (u Update[In, Out]) Handle(ctx Context, fn func(ctx Context, in In) (Out, error)) {
	u.HandleWithOptions(ctx, UpdateHandlerOptions[In]{}, fn)
}

// HandleWithOptions is [Update.Handle] with options.
func (u Update[In, Out]) HandleWithOptions(ctx Context, o UpdateHandlerOptions[In], fn func(ctx Context, in In) (Out, error)) {
	r, what := ctx.run(), "input of update "+u.name
	code := updateCode{
		decode: func(update *engine.Update) (any, error) {
			var in In
			if err := converter.Decode(r.env.DataConverter(), update.Input(), &in); err != nil {
				return nil, fmt.Errorf("%s: %w; the caller's declaration must have the same input type", what, err)
			}
			return in, nil
		},
		validate: func(ctx Context, input any) error {
			in, err := passed[In](input, what)
			if err != nil || o.Validator == nil {
				return err
			}
			return o.Validator(ctx, in)
		},
		execute: func(ctx Context, input any) (any, error) {
			in, err := passed[In](input, what)
			if err != nil {
				return nil, err
			}
			return fn(ctx, in)
		},
	}
	r.updates[u.name] = code
	r.env.DescribeUpdate(u.name, u.description)
	r.env.HandleUpdate(u.name, o.UnfinishedPolicy == HandlerUnfinishedPolicyAbandon, func(update *engine.Update) { r.update(update, code) })
}

// AllHandlersFinished tells whether no handler of an update runs. A workflow that is to end with none waits for it:
//
//	err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
func AllHandlersFinished(ctx Context) bool { return !ctx.run().env.UpdatesRunning() }

// UpdateInfo is what an update's handler and validator know of it.
type UpdateInfo struct {
	// ID is the caller's, or made for it: unique in the run.
	ID string
	// Name is the declared one.
	Name string
}

type updateInfoKey struct{}

// GetCurrentUpdateInfo is the update that the code of ctx handles; ok is false if it handles none.
func GetCurrentUpdateInfo(ctx Context) (info UpdateInfo, ok bool) {
	info, ok = ctx.Value(updateInfoKey{}).(UpdateInfo)
	return info, ok
}

// updateCode is the code of a handled update, which interceptors stand before.
type updateCode struct {
	decode   func(*engine.Update) (any, error)
	validate func(ctx Context, input any) error
	execute  func(ctx Context, input any) (any, error)
}

// update takes an update from its arrival to its outcome.
func (r *run) update(u *engine.Update, code updateCode) {
	ctx := WithValue(r.root, updateInfoKey{}, UpdateInfo{ID: u.ID(), Name: u.Name()})
	input, err := code.decode(u)
	if err != nil {
		u.Reject(err)
		return
	}
	in := &UpdateInput{Name: u.Name(), Input: input, Header: u.Header().GetFields()}
	if !r.env.Replaying() { // else it was accepted, whatever the validator says now
		if err := r.validate(ctx, in); err != nil {
			u.Reject(err)
			return
		}
	}
	u.Accept()
	out, err := r.inbound.ExecuteUpdate(ctx, in)
	if err != nil {
		u.Complete(nil, err)
		return
	}
	result, err := converter.Encode(r.env.DataConverter(), out)
	if err != nil {
		err = fmt.Errorf("output of update %s: %w", u.Name(), err)
	}
	u.Complete(result, err)
}

// validate rejects by a panic, too: the workflow goes on.
func (r *run) validate(ctx Context, in *UpdateInput) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = failure.NewPanicError(fmt.Sprintf("update validator panic: %v", v), string(debug.Stack()))
		}
	}()
	r.env.ReadOnly("an update's validator", func() { err = r.inbound.ValidateUpdate(ctx, in) })
	return err
}
