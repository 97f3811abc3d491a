package main

import (
	"errors"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"

	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
)

const (
	taskQueue = "survey"
	suppliers = 10
	closed    = 7  // this one does not sell any more
	slow      = 10 // this one never answers
)

var (
	// Survey asks all suppliers what something costs.
	Survey = workflow.Declare[Question, Answer]("Survey")
	// Ask asks one supplier.
	Ask = workflow.Declare[int, int]("Ask")
	// Remind goes on when the survey is over, until somebody has seen to it.
	Remind = workflow.Declare[workflow.None, string]("Remind")

	seen = workflow.DeclareSignal[string]("seen")
)

// Question is what a survey is about. Its id begins the ids of the children.
type Question struct{ ID, Item string }

// Answer is the cheapest offer, and why others made none.
type Answer struct {
	Supplier, Price int
	Refusals        []string
}

func survey(ctx workflow.Context, q Question) (Answer, error) {
	reminder := workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: q.ID + "-reminder", ParentClosePolicy: enumspb.PARENT_CLOSE_POLICY_ABANDON,
	}), Remind, workflow.None{})
	if _, err := reminder.GetChildWorkflowExecution().Get(ctx); err != nil { // else the survey could be over before it begins
		return Answer{}, err
	}
	offers := make([]workflow.ChildWorkflowFuture[int], suppliers)
	for n := range offers {
		child := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{WorkflowID: fmt.Sprintf("%s-%d", q.ID, n+1)})
		offers[n] = workflow.ExecuteChildWorkflow(child, Ask, n+1)
	}
	if _, err := offers[slow-1].GetChildWorkflowExecution().Get(ctx); err != nil {
		return Answer{}, err
	}
	var best Answer
	for n, offer := range offers[:slow-1] { // whoever has not answered by then is not waited for
		price, err := offer.Get(ctx)
		var refusal *failure.ApplicationError
		switch {
		case errors.As(err, &refusal):
			best.Refusals = append(best.Refusals, refusal.Message())
		case err != nil:
			return Answer{}, err
		case best.Price == 0 || price < best.Price:
			best.Supplier, best.Price = n+1, price
		}
	}
	return best, nil
}

func ask(ctx workflow.Context, supplier int) (int, error) {
	switch supplier {
	case closed:
		return 0, failure.NewApplicationError(fmt.Sprintf("supplier %d does not sell any more", supplier), "Closed")
	case slow:
		ctx.Done().Receive(ctx)
		return 0, ctx.Err()
	}
	return 100 + supplier*37%50, nil
}

func remind(ctx workflow.Context, _ workflow.None) (string, error) {
	by, _ := seen.Channel(ctx).Receive(ctx)
	return "seen to by " + by, nil
}
