package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
)

const taskQueue = "expenses"

// Expense is paid when somebody approves it: Approve tells who.
var (
	Expense = workflow.Declare[int, string]("Expense")
	Approve = activity.Declare[int, string]("Approve")
)

func expense(ctx workflow.Context, amount int) (string, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		ActivityID:          "approve", // so that it can be completed by it
		StartToCloseTimeout: 7 * 24 * time.Hour,
	})
	by, err := workflow.ExecuteActivity(ctx, Approve, amount).Get(ctx)
	var refused *failure.ApplicationError
	if errors.As(err, &refused) && refused.Type() == "Refused" {
		return fmt.Sprintf("%d refused: %s", amount, refused.Message()), nil
	}
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d approved by %s", amount, by), nil
}

// message is what whoever decides gets.
type message struct {
	WorkflowID string
	Token      []byte
	Amount     int
}

// mailbox stands for mails, chats, or another system.
type mailbox chan message

// approve asks, and does not wait for the answer: it holds no slot of the worker meanwhile.
func (m mailbox) approve(ctx context.Context, amount int) (string, error) {
	info := activity.GetInfo(ctx)
	select {
	case m <- message{WorkflowID: info.WorkflowID, Token: info.TaskToken, Amount: amount}:
		return "", activity.ErrResultPending
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}
