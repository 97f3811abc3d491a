//go:build chromium

package webtest

import (
	"context"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"

	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/runtime"
	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/worker"
	"github.com/perdure/perdure/sdk/workflow"
)

const queue = "checkout"

// order is what each workflow is about; its fields decide how it goes.
type order struct {
	ID    string `json:"id"`
	Card  string `json:"card"`
	Total int    `json:"total"`
}

type receipt struct {
	Order    string `json:"order"`
	Payment  string `json:"payment"`
	Approval string `json:"approval"`
}

type approval struct {
	By string `json:"by"`
}

// surcharge is what is added to an order's total.
type surcharge struct {
	Cents int `json:"cents"`
}

var (
	checkout  = workflow.Declare[order, receipt]("Checkout")
	charge    = activity.Declare[order, string]("Charge")
	approve   = workflow.DeclareSignal[approval]("approve")
	add       = workflow.DeclareUpdate[surcharge, int]("add").WithDescription("Adds to the total.")
	getStatus = workflow.DeclareQuery[workflow.None, string]("status")
)

// How a card is charged.
const (
	goodCard = "good"
	badCard  = "declined"
	slowCard = "slow" // the bank takes its time
	lostCard = "lost" // the bank does not answer
)

// checkoutOrder charges, and waits for an approval of what costs much.
func checkoutOrder(ctx workflow.Context, o order) (receipt, error) {
	status := "charging"
	getStatus.Handle(ctx, func(workflow.None) (string, error) { return status, nil })
	add.HandleWithOptions(ctx, workflow.UpdateHandlerOptions[surcharge]{Validator: positive}, func(_ workflow.Context, s surcharge) (int, error) {
		o.Total += s.Cents
		return o.Total, nil
	})
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 10 * time.Minute, HeartbeatTimeout: 10 * time.Minute,
		RetryPolicy: &workflow.RetryPolicy{InitialInterval: 10 * time.Millisecond, BackoffCoefficient: 100, MaximumInterval: time.Hour},
		Summary:     "charges the card of " + o.ID,
	})
	payment, err := workflow.ExecuteActivity(ctx, charge, o).Get(ctx)
	if err != nil {
		return receipt{}, err
	}
	if o.Total < 100_000 {
		return receipt{o.ID, payment, "not needed"}, nil
	}
	status = "waiting for approval"
	workflow.SetCurrentDetails(ctx, "It costs **too much**, and somebody has to look at it.")
	given, _, err := approve.Channel(ctx).ReceiveWithTimeout(ctx, 24*time.Hour)
	if err != nil {
		return receipt{}, err
	}
	status = "approved"
	return receipt{o.ID, payment, given.By}, nil
}

func positive(_ workflow.Context, s surcharge) error {
	if s.Cents <= 0 {
		return failure.NewApplicationError("a surcharge is above zero", "BadSurcharge")
	}
	return nil
}

// chargeCard is the activity.
func chargeCard(ctx context.Context, o order) (string, error) {
	switch o.Card {
	case badCard:
		return "", failure.NewNonRetryableApplicationError("the card of "+o.ID+" is declined", "CardDeclined", nil)
	case lostCard:
		return "", failure.NewApplicationError("the bank does not answer", "BankUnreachable")
	case slowCard:
		activity.RecordHeartbeat(ctx, map[string]any{"step": "waiting for the bank"})
		<-ctx.Done()
		return "", ctx.Err()
	}
	return "payment-of-" + o.ID, nil
}

// site is a server with workflows in every state, and a browser.
type site struct {
	*browser
	client *client.Client
	runs   map[string]string // run ids, by workflow id
}

// The workflows, by what becomes of them.
const (
	completed  = "order-1001"
	failed     = "order-1002"
	waiting    = "order-1003"
	retrying   = "order-1004"
	running    = "order-1005"
	terminated = "order-1006"
	cancelled  = "order-1007"
	toSignal   = "order-1008"
	toStop     = "order-1009"
	toCancel   = "order-1010"
	toPause    = "order-1012"
	toReset    = "order-1013"
	toUpdate   = "order-1014"
	toRetry    = "order-1015"
	odd        = "order/10 11 ü%2F" // an id that a path has to escape
)

var orders = []order{
	{completed, goodCard, 4200}, {failed, badCard, 4200}, {waiting, goodCard, 250_000}, {retrying, lostCard, 4200},
	{running, slowCard, 4200}, {terminated, goodCard, 250_000}, {cancelled, goodCard, 250_000},
	{toSignal, goodCard, 250_000}, {toStop, goodCard, 250_000}, {toCancel, goodCard, 250_000}, {odd, goodCard, 250_000},
	{toPause, goodCard, 250_000}, {toReset, goodCard, 250_000}, {toUpdate, goodCard, 250_000}, {toRetry, lostCard, 4200},
}

func startSite(t *testing.T) *site {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	server, err := runtime.Start(ctx, runtime.Config{
		DataDir: natstest.Dir(t), Listen: "127.0.0.1:0", SyncInterval: time.Minute, Namespaces: []string{"shop"},
		UI: runtime.UI{Listen: "127.0.0.1:0"}, Logger: zerolog.New(zerolog.NewTestWriter(t)).Level(zerolog.WarnLevel),
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.Background())) })
	c, err := client.Connect(client.Options{URL: server.URL(), Identity: "web@test"})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	w, err := worker.New(c, queue, worker.Options{StopTimeout: time.Millisecond, DefaultHeartbeatThrottleInterval: time.Second})
	require.NoError(t, err)
	w.Register(checkout.Implement(checkoutOrder), charge.Implement(chargeCard), fulfil.Implement(fulfilOrder), ship.Implement(shipParcel))
	require.NoError(t, w.Start())
	t.Cleanup(func() { _ = w.Stop() }) // an activity is cut off
	s := &site{client: c, runs: map[string]string{}}
	s.begin(ctx, t)
	s.browser = startBrowser(t, server.UIURL())
	return s
}

// begin starts all orders and waits until each is where it is to be.
func (s *site) begin(ctx context.Context, t *testing.T) {
	t.Helper()
	for _, o := range orders {
		run, err := client.Start(ctx, s.client, checkout, o, client.StartOptions{
			ID: o.ID, TaskQueue: queue, Memo: map[string]any{"customer": "ann"},
			Summary: "the order " + o.ID, Details: "made by a test",
		})
		require.NoError(t, err)
		s.runs[o.ID] = run.RunID()
	}
	for _, id := range []string{waiting, terminated, cancelled, toSignal, toStop, toCancel, odd, toPause, toReset, toUpdate} {
		s.reaches(ctx, t, id, "waiting for approval")
	}
	require.NoError(t, s.client.Terminate(ctx, terminated, "", "started by mistake"))
	require.NoError(t, s.client.Cancel(ctx, cancelled, ""))
	s.awaitStatus(ctx, t, completed, enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED)
	s.awaitStatus(ctx, t, failed, enumspb.WORKFLOW_EXECUTION_STATUS_FAILED)
	s.awaitStatus(ctx, t, cancelled, enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED)
	isRetried := func(a *workflowpb.PendingActivityInfo) bool { return a.GetAttempt() > 1 }
	s.awaitActivity(ctx, t, retrying, isRetried)
	s.awaitActivity(ctx, t, toRetry, isRetried)
	s.awaitActivity(ctx, t, running, func(a *workflowpb.PendingActivityInfo) bool { return a.GetHeartbeatDetails() != nil })
	s.beginFamily(ctx, t)
}

// awaitActivity waits until a run's only activity is as it is to be.
func (s *site) awaitActivity(ctx context.Context, t *testing.T, id string, ready func(*workflowpb.PendingActivityInfo) bool) {
	t.Helper()
	require.Eventually(t, func() bool {
		d, err := s.client.Describe(ctx, id, "")
		return err == nil && len(d.GetPendingActivities()) == 1 && ready(d.GetPendingActivities()[0])
	}, patience, 10*time.Millisecond)
}

func (s *site) reaches(ctx context.Context, t *testing.T, id, want string) {
	t.Helper()
	require.Eventually(t, func() bool {
		status, err := client.Query(ctx, s.client, id, "", getStatus, workflow.None{})
		return err == nil && status == want
	}, patience, 10*time.Millisecond)
}

// awaitStatus waits until a run is closed, and says how.
func (s *site) awaitStatus(ctx context.Context, t *testing.T, id string, want enumspb.WorkflowExecutionStatus) {
	t.Helper()
	_, _ = client.GetRun[receipt](s.client, id, s.runs[id]).Result(ctx) // how it ended is asked next
	d, err := s.client.Describe(ctx, id, s.runs[id])
	require.NoError(t, err)
	require.Equal(t, want, d.GetWorkflowExecutionInfo().GetStatus())
}
