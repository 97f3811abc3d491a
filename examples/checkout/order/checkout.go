package order

import (
	"errors"
	"time"

	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
)

// Implementation is the workflow with its code, for a worker.
var Implementation = Checkout.Implement(checkout)

// run is the state of one order under way.
type run struct {
	order  Order
	status Status
	// undo are the steps that take back what was done, in the order in which it was done.
	undo []func(workflow.Context) error
}

func checkout(ctx workflow.Context, o Order) (Receipt, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 10 * time.Second,
		RetryPolicy: &workflow.RetryPolicy{
			InitialInterval:        200 * time.Millisecond,
			BackoffCoefficient:     2,
			MaximumAttempts:        5,
			NonRetryableErrorTypes: []string{OutOfStock, CardDeclined},
		},
	})
	r := &run{order: o}
	GetStatus.Handle(ctx, func(workflow.None) (Status, error) { return r.status, nil })
	receipt, err := r.steps(ctx)
	if err == nil {
		r.enter(ctx, Shipped)
		return receipt, nil
	}
	if undoErr := r.takeBack(ctx); undoErr != nil {
		return Receipt{}, errors.Join(err, undoErr)
	}
	return Receipt{}, err // as it is, so that its type is the failure's
}

// steps goes on until the order is shipped or a step fails for good.
func (r *run) steps(ctx workflow.Context) (Receipt, error) {
	r.enter(ctx, Reserving)
	reservation, err := workflow.ExecuteActivity(ctx, Reserve, r.order).Get(ctx)
	if err != nil {
		return Receipt{}, err
	}
	r.onFailure(func(ctx workflow.Context) error {
		_, err := workflow.ExecuteActivity(ctx, Release, reservation).Get(ctx)
		return err
	})

	if r.order.NeedsApproval() {
		r.enter(ctx, AwaitingApproval)
		if err := awaitApproval(ctx, r.order.approvalTime()); err != nil {
			return Receipt{}, err
		}
	}

	r.enter(ctx, Charging)
	payment, err := workflow.ExecuteActivity(ctx, Charge, r.order).Get(ctx)
	if err != nil {
		return Receipt{}, err
	}
	r.onFailure(func(ctx workflow.Context) error {
		_, err := workflow.ExecuteActivity(ctx, Refund, payment).Get(ctx)
		return err
	})

	r.enter(ctx, Shipping)
	shipment, err := workflow.ExecuteActivity(ctx, Ship, r.order).Get(ctx)
	if err != nil {
		return Receipt{}, err
	}
	return Receipt{Order: r.order.ID, Payment: payment.ID, Tracking: shipment.Tracking}, nil
}

func awaitApproval(ctx workflow.Context, within time.Duration) error {
	approval, came, err := Approve.Channel(ctx).ReceiveWithTimeout(ctx, within)
	switch {
	case err != nil:
		return err // the workflow was cancelled
	case !came:
		return failure.NewNonRetryableApplicationError("nobody approved the order in time", NotApproved, nil)
	case !approval.Approved:
		return failure.NewNonRetryableApplicationError(approval.By+" did not approve the order", NotApproved, nil)
	}
	return nil
}

func (r *run) enter(ctx workflow.Context, step Step) {
	r.status = Status{Step: step, Since: workflow.Now(ctx)}
}

func (r *run) onFailure(undo func(workflow.Context) error) { r.undo = append(r.undo, undo) }

// takeBack undoes what was done, the last first, even when the workflow was cancelled.
func (r *run) takeBack(ctx workflow.Context) error {
	ctx, cancel := workflow.NewDisconnectedContext(ctx)
	defer cancel()
	r.enter(ctx, Undoing)
	var failed error
	for i := len(r.undo) - 1; i >= 0; i-- {
		failed = errors.Join(failed, r.undo[i](ctx))
	}
	return failed
}
