package e2e

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/worker"
	"github.com/perdure/perdure/sdk/workflow"
)

// A journey does what workflows do, in two legs: the second run is the first's continue-as-new.
var (
	journey  = workflow.Declare[itinerary, itinerary]("Journey")
	visit    = activity.Declare[string, stamp]("Visit")
	gamble   = activity.Declare[string, stamp]("Gamble")
	carryOn  = workflow.DeclareSignal[int]("carry-on")
	position = workflow.DeclareQuery[workflow.None, string]("position")
)

// itinerary is what a journey takes along.
type itinerary struct {
	Leg    int
	Pause  time.Duration // of each of its timers
	Stamps []stamp
	// Lost are the activities of one attempt of which the outcome is not known.
	Lost []string
	Sum  int // of the signals
}

// stamp is what one attempt at an activity left: no other has the same number.
type stamp struct {
	Place   string
	Attempt int32
	Number  int
}

// pickings are the tries that Visit fails at first.
const pickings = 2

func travel(ctx workflow.Context, i itinerary) (itinerary, error) {
	at := "begun"
	position.Handle(ctx, func(workflow.None) (string, error) { return fmt.Sprintf("%d/%s", i.Leg, at), nil })
	often := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 2 * time.Second,
		RetryPolicy:         &workflow.RetryPolicy{InitialInterval: 20 * time.Millisecond, BackoffCoefficient: 1.5},
	})
	once := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 2 * time.Second, RetryPolicy: &workflow.RetryPolicy{MaximumAttempts: 1},
	})
	place := func(name string) string {
		return fmt.Sprintf("%s/%d/%s", workflow.GetInfo(ctx).WorkflowID, i.Leg, name)
	}

	s, err := workflow.ExecuteActivity(often, visit, place("picky")).Get(ctx)
	if err != nil {
		return i, err
	}
	i.Stamps = append(i.Stamps, s)
	at = "gambling"
	s, err = workflow.ExecuteActivity(once, gamble, place("gamble")).Get(ctx)
	var lost *failure.ActivityError
	switch {
	case err == nil:
		i.Stamps = append(i.Stamps, s)
	case errors.As(err, &lost):
		i.Lost = append(i.Lost, place("gamble"))
	default:
		return i, err
	}
	at = "pausing"
	if err := workflow.Sleep(ctx, i.Pause); err != nil {
		return i, err
	}
	var visits []workflow.Future[stamp]
	for n := range 3 {
		visits = append(visits, workflow.ExecuteActivity(often, visit, place(fmt.Sprint(n))))
	}
	at = "waiting"
	number, _ := carryOn.Channel(ctx).Receive(ctx)
	i.Sum += number
	for _, v := range visits {
		s, err := v.Get(ctx)
		if err != nil {
			return i, err
		}
		i.Stamps = append(i.Stamps, s)
	}
	at = "arrived"
	if i.Leg == 0 {
		i.Leg++
		return i, workflow.NewContinueAsNewError(ctx, journey, i)
	}
	return i, nil
}

// ledger counts what activities did.
type ledger struct {
	mu    sync.Mutex // guards what follows
	last  int
	ran   map[string][]stamp // by place
	twice []stamp
	// unknown are the activities with one attempt, of journeys that were checked, whose outcome is not known.
	unknown int

	// milestones gets a value after each so many effects.
	milestones chan struct{}
	every      int
}

func newLedger(every int) *ledger {
	return &ledger{ran: map[string][]stamp{}, milestones: make(chan struct{}, 1), every: every}
}

// run is the effect of an activity.
func (l *ledger) run(place string, attempt int32) stamp {
	s := l.enter(place, attempt)
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, other := range l.ran[place] {
		if other.Attempt == s.Attempt && other != s {
			l.twice = append(l.twice, s)
		}
	}
	return s
}

// enter notes what an attempt did that may be made again under the same number.
func (l *ledger) enter(place string, attempt int32) stamp {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last++
	s := stamp{place, attempt, l.last}
	l.ran[place] = append(l.ran[place], s)
	if l.last%l.every == 0 {
		select {
		case l.milestones <- struct{}{}:
		default:
		}
	}
	return s
}

func (l *ledger) implementations() []worker.Implementation {
	return traveling(func(_ context.Context, place string, attempt int32) (stamp, error) { return l.run(place, attempt), nil })
}

// traveling is the code of journeys; run makes the effects of its activities.
func traveling(run func(ctx context.Context, place string, attempt int32) (stamp, error)) []worker.Implementation {
	return []worker.Implementation{
		journey.Implement(travel),
		visit.Implement(func(ctx context.Context, place string) (stamp, error) {
			s, err := run(ctx, place, activity.GetInfo(ctx).Attempt)
			if err == nil && strings.HasSuffix(place, "picky") && s.Attempt <= pickings {
				err = errors.New("not yet")
			}
			return s, err
		}),
		gamble.Implement(func(ctx context.Context, place string) (stamp, error) {
			return run(ctx, place, activity.GetInfo(ctx).Attempt)
		}),
	}
}

// check compares what a journey brought back with what was done.
func (l *ledger) check(t require.TestingT, id string, i itinerary) {
	l.mu.Lock()
	defer l.mu.Unlock()
	require.Equal(t, 1, i.Leg, id)
	require.Equal(t, signalSum, i.Sum, id)
	require.Len(t, i.Stamps, 10-len(i.Lost), id)
	for _, s := range i.Stamps {
		require.Contains(t, l.ran[s.Place], s, "%s: a result that no attempt has returned", id)
	}
	for _, leg := range []string{"0", "1"} {
		require.LessOrEqual(t, len(l.ran[id+"/"+leg+"/gamble"]), 1, "%s: an activity with one attempt ran twice", id)
	}
	require.Empty(t, l.twice, "an attempt ran twice")
	l.unknown += len(i.Lost)
}

// signalSum are the numbers of a journey's two signals together.
const signalSum = 1 + 2

// undertake starts a journey, sends its signals, asks where it is, and waits for its end.
func undertake(ctx context.Context, c *client.Client, id string, pause time.Duration) (itinerary, error) {
	run, err := client.Start(ctx, c, journey, itinerary{Pause: pause}, client.StartOptions{
		ID: id, TaskQueue: queue, TaskTimeout: 3 * time.Second,
	})
	if err != nil {
		return itinerary{}, fmt.Errorf("starting %s: %w", id, err)
	}
	// One for each leg: whichever takes both of the first would leave the second without.
	// Where the answer was lost the run may have ended before the signal is sent again: the sum tells.
	var ended *serviceerror.NotFound
	if err := client.Signal(ctx, c, id, run.RunID(), carryOn, 1); err != nil && !errors.As(err, &ended) {
		return itinerary{}, fmt.Errorf("first signal to %s: %w", id, err)
	}
	if _, err := client.Query(ctx, c, id, "", position, workflow.None{}); err != nil {
		return itinerary{}, fmt.Errorf("query to %s: %w", id, err)
	}
	next, err := successor(ctx, c, id, run.RunID())
	if err != nil {
		return itinerary{}, fmt.Errorf("waiting for the second run of %s: %w", id, err)
	}
	if err := client.Signal(ctx, c, id, next, carryOn, 2); err != nil && !errors.As(err, &ended) {
		return itinerary{}, fmt.Errorf("second signal to %s: %w", id, err)
	}
	return run.Result(ctx)
}

// successor waits for a run's end and returns the run that it goes on in.
func successor(ctx context.Context, c *client.Client, id, runID string) (string, error) {
	var last *historypb.HistoryEvent
	for event, err := range c.History(ctx, id, runID, client.HistoryOptions{Follow: true}) {
		if err != nil {
			return "", err
		}
		last = event
	}
	next := last.GetWorkflowExecutionContinuedAsNewEventAttributes().GetNewExecutionRunId()
	if next == "" {
		return "", fmt.Errorf("run %s ended with %s", runID, last.GetEventType())
	}
	return next, nil
}

// checkRuns reads the histories of a workflow's runs, from the first on, and returns them.
func checkRuns(ctx context.Context, t testing.TB, c *client.Client, id string) (runs [][]*historypb.HistoryEvent) {
	description, err := c.Describe(ctx, id, "")
	require.NoError(t, err, id)
	runID := description.GetWorkflowExecutionInfo().GetFirstRunId()
	for runID != "" {
		var events []*historypb.HistoryEvent
		for event, err := range c.History(ctx, id, runID, client.HistoryOptions{}) {
			require.NoError(t, err, "%s/%s", id, runID)
			events = append(events, event)
		}
		require.NoError(t, wellFormed(events), "%s/%s", id, runID)
		runs = append(runs, events)
		runID = events[len(events)-1].GetWorkflowExecutionContinuedAsNewEventAttributes().GetNewExecutionRunId()
	}
	return runs
}
