package order

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
	"github.com/perdure/perdure/sdk/workflowtest"
)

// world stands in for the shop.
type world struct {
	*workflowtest.Environment
	charge                      error // what charging fails with
	ship                        error
	charged, released, refunded int
	reserveFailures             int // how often reserving fails before it works
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Environment: workflowtest.New(t, workflowtest.Options{}, Implementation)}
	workflowtest.OnActivity(w.Environment, Reserve, func(_ context.Context, o Order) (Reservation, error) {
		if w.reserveFailures > 0 {
			w.reserveFailures--
			return Reservation{}, failure.NewApplicationError("the store is busy", "Busy")
		}
		return Reservation{ID: "r-" + o.ID, Items: o.Items}, nil
	})
	workflowtest.OnActivity(w.Environment, Charge, func(_ context.Context, o Order) (Payment, error) {
		w.charged++
		return Payment{ID: "p-" + o.ID, Amount: o.Total}, w.charge
	})
	workflowtest.OnActivity(w.Environment, Ship, func(_ context.Context, o Order) (Shipment, error) {
		return Shipment{Tracking: "t-" + o.ID}, w.ship
	})
	workflowtest.OnActivity(w.Environment, Release, func(context.Context, Reservation) (activity.None, error) {
		w.released++
		return activity.None{}, nil
	})
	workflowtest.OnActivity(w.Environment, Refund, func(context.Context, Payment) (activity.None, error) {
		w.refunded++
		return activity.None{}, nil
	})
	return w
}

func requireType(t *testing.T, err error, kind string) {
	t.Helper()
	var application *failure.ApplicationError
	require.ErrorAs(t, err, &application)
	require.Equal(t, kind, application.Type())
}

var small = Order{ID: "o-1", Items: []Item{{SKU: "tea", Quantity: 2}}, Total: 1990}

var large = Order{ID: "o-2", Items: []Item{{SKU: "piano", Quantity: 1}}, Total: 450_000}

func TestAnOrderIsShipped(t *testing.T) {
	w := newWorld(t)
	w.reserveFailures = 2
	receipt, err := workflowtest.Execute(w.Environment, Checkout, small)
	require.NoError(t, err)
	require.Equal(t, Receipt{Order: "o-1", Payment: "p-o-1", Tracking: "t-o-1"}, receipt)
	status, err := workflowtest.Query(w.Environment, GetStatus, workflow.None{})
	require.NoError(t, err)
	require.Equal(t, Shipped, status.Step)
}

func TestADeclinedCardReleasesTheStock(t *testing.T) {
	w := newWorld(t)
	w.charge = failure.NewApplicationError("no money", CardDeclined)
	_, err := workflowtest.Execute(w.Environment, Checkout, small)
	requireType(t, err, CardDeclined)
	require.Equal(t, []int{1, 1, 0}, []int{w.charged, w.released, w.refunded}, "one attempt, stock back, nothing to refund")
}

func TestAFailedShipmentTakesBackAll(t *testing.T) {
	w := newWorld(t)
	w.ship = failure.NewNonRetryableApplicationError("no such address", "BadAddress", nil)
	_, err := workflowtest.Execute(w.Environment, Checkout, small)
	requireType(t, err, "BadAddress")
	require.Equal(t, []int{1, 1}, []int{w.released, w.refunded})
}

func TestALargeOrderWaitsForItsApproval(t *testing.T) {
	w := newWorld(t)
	w.After(time.Hour, func() {
		status, err := workflowtest.Query(w.Environment, GetStatus, workflow.None{})
		require.NoError(t, err)
		require.Equal(t, AwaitingApproval, status.Step)
		require.NoError(t, workflowtest.Signal(w.Environment, Approve, Approval{By: "ann", Approved: true}))
	})
	_, err := workflowtest.Execute(w.Environment, Checkout, large)
	require.NoError(t, err)
}

func TestAnApprovalThatDoesNotCome(t *testing.T) {
	w := newWorld(t)
	began := w.Now()
	_, err := workflowtest.Execute(w.Environment, Checkout, large)
	requireType(t, err, NotApproved)
	require.Equal(t, []int{0, 1}, []int{w.charged, w.released})
	require.GreaterOrEqual(t, w.Now().Sub(began), 24*time.Hour)
}

func TestAnApprovalThatIsRefused(t *testing.T) {
	w := newWorld(t)
	w.After(time.Minute, func() {
		require.NoError(t, workflowtest.Signal(w.Environment, Approve, Approval{By: "bob"}))
	})
	_, err := workflowtest.Execute(w.Environment, Checkout, large)
	requireType(t, err, NotApproved)
	require.ErrorContains(t, err, "bob did not approve")
}

func TestACancelledOrderReleasesTheStock(t *testing.T) {
	w := newWorld(t)
	w.After(time.Minute, w.Cancel)
	_, err := workflowtest.Execute(w.Environment, Checkout, large)
	require.Error(t, err)
	require.Equal(t, []int{0, 1}, []int{w.charged, w.released})
}
