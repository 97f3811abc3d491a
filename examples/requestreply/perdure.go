package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
)

// perdure calls the API: a method is a subject, its request and its reply are JSON. This is all that a client in
// another language has to do.
type perdure struct {
	conn      *nats.Conn
	namespace string
}

// pollTimeout is more than the 20 seconds that the server leaves a waiting request unanswered.
const pollTimeout = 30 * time.Second

// patience is how long a request is sent again while nobody answers it: longer than a server takes to start.
const patience = time.Minute

// refusal is what a request is refused with; code is that of gRPC, by name.
type refusal struct{ code, text string }

func (r *refusal) Error() string { return r.code + ": " + r.text }

// call sends a request until it is answered: a server that starts, or recovers a shard, says UNAVAILABLE for a
// moment. An answer may be lost, too, so a request that changes something has a requestId: sent twice, it has one effect.
func (p perdure) call(ctx context.Context, method string, request, reply any) error {
	body, err := json.Marshal(request)
	if err != nil {
		return err
	}
	began := time.Now()
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		err := p.send(ctx, method, body, reply)
		if err == nil {
			return nil
		}
		err = fmt.Errorf("calling %s: %w", method, err)
		if !passes(err) || time.Since(began)+wait > patience {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wait):
		}
	}
}

// passes tells whether an error is worth another sending.
func passes(err error) bool {
	var refused *refusal
	if errors.As(err, &refused) {
		return refused.code == "UNAVAILABLE"
	}
	return errors.Is(err, nats.ErrNoResponders) || errors.Is(err, context.DeadlineExceeded)
}

// send sends a request once. A refused one is answered with headers that say why.
func (p perdure) send(ctx context.Context, method string, body []byte, reply any) error {
	message := nats.NewMsg("perdure.api." + p.namespace + "." + method)
	message.Header.Set("Content-Type", "application/json")
	message.Data = body
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	answer, err := p.conn.RequestMsgWithContext(ctx, message)
	if err != nil {
		return err
	}
	if code := answer.Header.Get("Nats-Service-Error-Code"); code != "" {
		return &refusal{code, answer.Header.Get("Nats-Service-Error")}
	}
	return json.Unmarshal(answer.Data, reply)
}

// object is a JSON object; names are those of Temporal's API, in camel case.
type object map[string]any

// start starts a workflow with one JSON value as its input, and returns the run's id: also when the workflow is
// running already, so that a repeated order is the same order.
func (p perdure) start(ctx context.Context, kind, queue, id string, input json.RawMessage) (run string, err error) {
	var reply struct {
		RunID string `json:"runId"`
	}
	err = p.call(ctx, "StartWorkflowExecution", object{
		"requestId":                rand.Text(),
		"workflowId":               id,
		"workflowType":             object{"name": kind},
		"taskQueue":                object{"name": queue},
		"input":                    []any{input},
		"workflowIdConflictPolicy": "WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING",
		"workflowIdReusePolicy":    "WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY",
	}, &reply)
	return reply.RunID, err
}

// workflowFailure says that a workflow closed without a result.
type workflowFailure struct{ event, message string }

func (f *workflowFailure) Error() string {
	return "the workflow ended with " + f.event + ": " + f.message
}

// closing is the last event of a run, as far as it concerns us.
type closing struct {
	EventType string `json:"eventType"`
	Completed *struct {
		Result []json.RawMessage `json:"result"`
	} `json:"workflowExecutionCompletedEventAttributes"`
	Failed *struct {
		Failure struct {
			Message string `json:"message"`
			Cause   *struct {
				Message string `json:"message"`
			} `json:"cause"`
		} `json:"failure"`
	} `json:"workflowExecutionFailedEventAttributes"`
}

// result waits until a run is closed: it asks for the event that closes it, again and again, since a
// request waits for 20 seconds at most.
func (p perdure) result(ctx context.Context, id, run string) (json.RawMessage, error) {
	request := object{
		"execution":              object{"workflowId": id, "runId": run},
		"historyEventFilterType": "HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT",
		"waitNewEvent":           true,
	}
	for {
		var reply struct {
			History struct {
				Events []closing `json:"events"`
			} `json:"history"`
			NextPageToken string `json:"nextPageToken"`
		}
		if err := p.call(ctx, "GetWorkflowExecutionHistory", request, &reply); err != nil {
			return nil, err
		}
		if events := reply.History.Events; len(events) > 0 {
			return events[len(events)-1].outcome()
		}
		request["nextPageToken"] = reply.NextPageToken
	}
}

func (c closing) outcome() (json.RawMessage, error) {
	switch {
	case c.Completed != nil && len(c.Completed.Result) == 1:
		return c.Completed.Result[0], nil
	case c.Completed != nil:
		return json.RawMessage("null"), nil
	case c.Failed != nil && c.Failed.Failure.Cause != nil:
		return nil, &workflowFailure{c.EventType, c.Failed.Failure.Cause.Message}
	case c.Failed != nil:
		return nil, &workflowFailure{c.EventType, c.Failed.Failure.Message}
	}
	return nil, &workflowFailure{c.EventType, "no result"}
}
