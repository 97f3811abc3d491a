package main

import (
	"fmt"

	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
)

const taskQueue = "accounts"

// Amount is what is paid in or out, in cents.
type Amount struct{ Cents int }

// What can be asked of an account. Clients import these declarations; the code is below.
var (
	// Account keeps a balance until it is closed, and returns what is left.
	Account = workflow.Declare[Amount, Amount]("Account")
	// Deposit and Withdraw answer the new balance.
	Deposit  = workflow.DeclareUpdate[Amount, Amount]("deposit").WithDescription("Pays into the account.")
	Withdraw = workflow.DeclareUpdate[Amount, Amount]("withdraw").WithDescription("Pays out of the account, if there is enough in it.")
	// Close pays the balance out and ends the account.
	Close = workflow.DeclareUpdate[workflow.None, Amount]("close").WithDescription("Pays the balance out and ends the account.")
)

// account is changed by its updates alone, one at a time: the code of a workflow never runs in two places at once, and needs no lock.
func account(ctx workflow.Context, opened Amount) (Amount, error) {
	balance, closed := opened, false
	Deposit.HandleWithOptions(ctx, workflow.UpdateHandlerOptions[Amount]{Validator: positive}, func(_ workflow.Context, in Amount) (Amount, error) {
		balance.Cents += in.Cents
		return balance, nil
	})
	// The validator sees the balance, too: a withdrawal that it rejects leaves no trace in the history.
	Withdraw.HandleWithOptions(ctx, workflow.UpdateHandlerOptions[Amount]{Validator: func(ctx workflow.Context, out Amount) error {
		if err := positive(ctx, out); err != nil {
			return err
		}
		if out.Cents > balance.Cents {
			return failure.NewApplicationError(fmt.Sprintf("%d cents are more than the %d there are", out.Cents, balance.Cents), "InsufficientFunds")
		}
		return nil
	}}, func(_ workflow.Context, out Amount) (Amount, error) {
		balance.Cents -= out.Cents
		return balance, nil
	})
	Close.Handle(ctx, func(workflow.Context, workflow.None) (Amount, error) {
		closed = true
		return balance, nil
	})
	// Whoever has asked for a change that is accepted gets an answer before the account ends.
	err := workflow.Await(ctx, func() bool { return closed && workflow.AllHandlersFinished(ctx) })
	return balance, err
}

func positive(_ workflow.Context, a Amount) error {
	if a.Cents <= 0 {
		return failure.NewApplicationError("an amount is above zero", "BadAmount")
	}
	return nil
}
