package shop

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/perdure/perdure/examples/checkout/order"
	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/worker"
)

// Shop has what it sells, and knows what it has done: an activity may run more than once, so each is
// idempotent by the order's id.
type Shop struct {
	mu       sync.Mutex // guards all below; activities run side by side
	stock    map[string]int
	reserved map[string][]order.Item
	payments map[string]order.Payment
	calls    map[string]int
}

// New is a shop with that much of each thing.
func New(stock map[string]int) *Shop {
	return &Shop{stock: stock, reserved: map[string][]order.Item{}, payments: map[string]order.Payment{}, calls: map[string]int{}}
}

// Register adds the activities, and the workflow that uses them, to a worker.
func (s *Shop) Register(w *worker.Worker) {
	w.Register(
		order.Implementation,
		order.Reserve.Implement(s.reserve),
		order.Release.Implement(s.release),
		order.Charge.Implement(s.charge),
		order.Refund.Implement(s.refund),
		order.Ship.Implement(s.ship),
	)
}

func (s *Shop) reserve(_ context.Context, o order.Order) (order.Reservation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	reservation := order.Reservation{ID: "reservation-" + o.ID, Items: o.Items}
	if _, done := s.reserved[reservation.ID]; done {
		return reservation, nil
	}
	for _, item := range o.Items {
		if s.stock[item.SKU] < item.Quantity {
			return order.Reservation{}, failure.NewApplicationError(
				fmt.Sprintf("%d of %s wanted, %d left", item.Quantity, item.SKU, s.stock[item.SKU]), order.OutOfStock)
		}
	}
	for _, item := range o.Items {
		s.stock[item.SKU] -= item.Quantity
	}
	s.reserved[reservation.ID] = o.Items
	return reservation, nil
}

func (s *Shop) release(_ context.Context, r order.Reservation) (activity.None, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, item := range s.reserved[r.ID] {
		s.stock[item.SKU] += item.Quantity
	}
	delete(s.reserved, r.ID)
	return activity.None{}, nil
}

// charge asks the bank, which knows two cards by heart: "declined" never pays, "flaky" fails twice first.
func (s *Shop) charge(_ context.Context, o order.Order) (order.Payment, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if payment, done := s.payments[o.ID]; done {
		return payment, nil
	}
	s.calls[o.ID]++
	switch {
	case strings.HasPrefix(o.Card, "declined"):
		return order.Payment{}, failure.NewApplicationError("the bank refuses card "+o.Card, order.CardDeclined)
	case strings.HasPrefix(o.Card, "flaky") && s.calls[o.ID] <= 2:
		return order.Payment{}, failure.NewApplicationError("the bank does not answer", "BankUnreachable")
	}
	payment := order.Payment{ID: "payment-" + o.ID, Amount: o.Total}
	s.payments[o.ID] = payment
	return payment, nil
}

func (s *Shop) refund(_ context.Context, p order.Payment) (activity.None, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.payments, strings.TrimPrefix(p.ID, "payment-"))
	return activity.None{}, nil
}

func (s *Shop) ship(_ context.Context, o order.Order) (order.Shipment, error) {
	return order.Shipment{Tracking: "parcel-" + o.ID}, nil
}
