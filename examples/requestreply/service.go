package main

import (
	"context"
	"encoding/json"
	"errors"
	"sync"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"
)

// checkoutSubject is where orders are sent.
const checkoutSubject = "shop.checkout"

// service answers orders. Each is served by a goroutine of its own, since it takes as long as its workflow.
type service struct {
	perdure perdure
	micro   micro.Service
	orders  sync.WaitGroup
}

func serve(ctx context.Context, conn *nats.Conn) (*service, error) {
	s := &service{perdure: perdure{conn: conn, namespace: "default"}}
	var err error
	s.micro, err = micro.AddService(conn, micro.Config{Name: "shop", Version: "1.0.0", Description: "takes orders"})
	if err != nil {
		return nil, err
	}
	err = s.micro.AddEndpoint("checkout", micro.HandlerFunc(func(request micro.Request) {
		s.orders.Go(func() { s.checkout(ctx, request) })
	}), micro.WithEndpointSubject(checkoutSubject))
	if err != nil {
		return nil, errors.Join(err, s.micro.Stop())
	}
	return s, nil
}

// stop takes no more orders and waits for the answers under way.
func (s *service) stop() error {
	err := s.micro.Stop()
	s.orders.Wait()
	return err
}

// checkout starts an order's workflow, unless it runs already, and answers with its result.
func (s *service) checkout(ctx context.Context, request micro.Request) {
	var order struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(request.Data(), &order); err != nil || order.ID == "" {
		_ = request.Error("400", "send an order as JSON, with an id", nil)
		return
	}
	run, err := s.perdure.start(ctx, "Checkout", "checkout", order.ID, request.Data())
	if err != nil {
		_ = request.Error("500", err.Error(), nil)
		return
	}
	receipt, err := s.perdure.result(ctx, order.ID, run)
	var failed *workflowFailure
	switch {
	case errors.As(err, &failed):
		_ = request.Error("422", failed.Error(), nil)
	case err != nil:
		_ = request.Error("500", err.Error(), nil)
	default:
		_ = request.Respond(receipt)
	}
}
