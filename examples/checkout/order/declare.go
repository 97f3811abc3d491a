package order

import (
	"time"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/workflow"
)

// TaskQueue is where the workers of the checkout listen.
const TaskQueue = "checkout"

// Checkout is the workflow of one order. Its id is the order's.
var Checkout = workflow.Declare[Order, Receipt]("Checkout")

// What the checkout leaves to the world outside.
var (
	Reserve = activity.Declare[Order, Reservation]("Reserve")
	Release = activity.Declare[Reservation, activity.None]("Release")
	Charge  = activity.Declare[Order, Payment]("Charge")
	Refund  = activity.Declare[Payment, activity.None]("Refund")
	Ship    = activity.Declare[Order, Shipment]("Ship")
)

// What can be said to and asked of an order under way.
var (
	Approve   = workflow.DeclareSignal[Approval]("approve")
	GetStatus = workflow.DeclareQuery[workflow.None, Status]("status")
)

// Types of errors by which an order fails for good.
const (
	OutOfStock   = "OutOfStock"
	CardDeclined = "CardDeclined"
	NotApproved  = "NotApproved"
)

// Order is what a customer wants.
type Order struct {
	ID    string `json:"id"`
	Items []Item `json:"items"`
	// Total is in cents.
	Total int    `json:"total"`
	Card  string `json:"card"`
	// ApproveWithin is how many seconds a large order waits for its approval.
	ApproveWithin int `json:"approve_within,omitempty"`
}

// Item is a number of one thing.
type Item struct {
	SKU      string `json:"sku"`
	Quantity int    `json:"quantity"`
}

// ApprovalLimit is the total, in cents, from which on an order needs an approval.
const ApprovalLimit = 100_000

// NeedsApproval tells whether somebody has to agree.
func (o Order) NeedsApproval() bool { return o.Total >= ApprovalLimit }

func (o Order) approvalTime() time.Duration {
	if o.ApproveWithin == 0 {
		return 24 * time.Hour
	}
	return time.Duration(o.ApproveWithin) * time.Second
}

// Approval is what somebody says about a large order.
type Approval struct {
	By       string `json:"by"`
	Approved bool   `json:"approved"`
}

// Reservation is stock that is kept for an order.
type Reservation struct {
	ID    string `json:"id"`
	Items []Item `json:"items"`
}

// Payment is a charge on a card.
type Payment struct {
	ID     string `json:"id"`
	Amount int    `json:"amount"`
}

// Shipment is a parcel on its way.
type Shipment struct {
	Tracking string `json:"tracking"`
}

// Receipt is what the customer gets.
type Receipt struct {
	Order    string `json:"order"`
	Payment  string `json:"payment"`
	Tracking string `json:"tracking"`
}

// Status is where an order is.
type Status struct {
	Step  Step      `json:"step"`
	Since time.Time `json:"since"`
}

// Step is what an order is doing.
type Step string

// The steps of an order, as they follow each other.
const (
	Reserving        Step = "reserving stock"
	AwaitingApproval Step = "awaiting approval"
	Charging         Step = "charging"
	Shipping         Step = "shipping"
	Shipped          Step = "shipped"
	Undoing          Step = "undoing"
)
