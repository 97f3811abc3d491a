package worker

import (
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"github.com/perdure/perdure/sdk/internal/answer"
)

// serviceName and serviceVersion are what `nats micro ls` shows.
const (
	serviceName    = "perdure-worker"
	serviceVersion = "0.1.0"
)

// listen subscribes to what is sent straight to this worker and announces it.
func (w *Worker) listen() error {
	if w.registry.hasWorkflows() {
		sticky, err := w.conn.Subscribe(w.names.Sticky(w.namespace, w.queue, w.id), w.onSticky)
		if err != nil {
			return fmt.Errorf("subscribe to sticky tasks: %w", err)
		}
		w.subscriptions = append(w.subscriptions, sticky)
		query, err := w.conn.QueueSubscribe(w.names.Query(w.namespace, w.queue), answer.QueryGroup, w.onQuery)
		if err != nil {
			return fmt.Errorf("subscribe to queries: %w", err)
		}
		w.subscriptions = append(w.subscriptions, query)
	}
	var err error
	w.service, err = micro.AddService(w.conn, micro.Config{
		Name: serviceName, Version: serviceVersion,
		Description: "runs workflows and activities of task queue " + w.queue,
		Metadata: map[string]string{
			"namespace": w.namespace, "task_queue": w.queue, "identity": w.identity, "worker": w.id,
			"workflows":  strings.Join(w.registry.workflows.Names(), ","),
			"activities": strings.Join(w.registry.activityNames(), ","),
		},
	})
	if err != nil {
		return fmt.Errorf("announce the worker: %w", err)
	}
	return nil
}

// unlisten ends what listen began. What fails is only that the connection is closed, which
// ends it too.
func (w *Worker) unlisten() {
	for _, subscription := range w.subscriptions {
		_ = subscription.Unsubscribe()
	}
	if w.service != nil {
		_ = w.service.Stop()
	}
	w.subscriptions, w.service = nil, nil
}

// replied notes that a request to this worker could not be answered.
func (w *Worker) replied(err error) {
	if err != nil {
		w.often().Warn().Err(err).Msg("a request to the worker was not answered")
	}
}

// accept says whether the worker takes a sticky task.
func (w *Worker) accept(message *nats.Msg, yes bool) { w.replied(answer.Accept(w.conn, message, yes)) }

func (w *Worker) respondError(message *nats.Msg, err error) {
	w.replied(answer.Error(w.conn, message, err))
}
