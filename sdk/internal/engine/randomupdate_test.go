package engine_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/stretchr/testify/require"
	historypb "go.temporal.io/api/history/v1"
	protocolpb "go.temporal.io/api/protocol/v1"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/perdure/perdure/sdk/internal/command"
	"github.com/perdure/perdure/sdk/workflow"
)

// changes are updates of random programs: one that they handle from the start, and one that some handle later.
var changes = []workflow.Update[int, string]{
	workflow.DeclareUpdate[int, string]("change"), workflow.DeclareUpdate[int, string]("late"),
}

// change handles an update whose number says what it does: some are rejected, as the program's course so far has it.
func change(ctx workflow.Context, u workflow.Update[int, string], trace *[]string) {
	validator := func(_ workflow.Context, n int) error {
		if (n+len(*trace))%4 == 0 {
			return errors.New("not now")
		}
		return nil
	}
	u.HandleWithOptions(ctx, workflow.UpdateHandlerOptions[int]{Validator: validator}, func(ctx workflow.Context, n int) (string, error) {
		note := func(what any) { *trace = append(*trace, fmt.Sprint(u.Name(), n, " ", what)) }
		note("begins")
		switch n % 7 {
		case 0:
			note(workflow.Sleep(ctx, time.Duration(n)*time.Second) != nil)
		case 1:
			ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute, RetryPolicy: &workflow.RetryPolicy{MaximumAttempts: 1}})
			_, err := workflow.ExecuteActivity(ctx, echo, u.Name()).Get(ctx)
			note(err != nil)
		case 2:
			ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{StartToCloseTimeout: time.Minute, RetryPolicy: &workflow.RetryPolicy{MaximumAttempts: 1}})
			_, err := workflow.ExecuteLocalActivity(ctx, echo, u.Name()).Get(ctx)
			note(err != nil)
		case 3:
			v, err := workflow.SideEffect(ctx, func() int { return n })
			note(fmt.Sprint(v, err, workflow.GetVersion(ctx, fmt.Sprint(n), workflow.DefaultVersion, 1)))
		case 4:
			workflow.Go(ctx, func(ctx workflow.Context) { note(workflow.Sleep(ctx, time.Second) != nil) })
		case 5:
			return "", errors.New("no luck")
		}
		return fmt.Sprint(len(*trace)), nil
	})
}

// messages are those that bring the updates which a task has accepted, as its events say.
func messages(t require.TestingT, answer []*historypb.HistoryEvent) (all []*protocolpb.Message) {
	for _, e := range answer {
		if !command.IsCommandEvent(e.GetEventType()) {
			break
		}
		a := e.GetWorkflowExecutionUpdateAcceptedEventAttributes()
		if a == nil {
			continue
		}
		body, err := anypb.New(a.GetAcceptedRequest())
		require.NoError(t, err)
		all = append(all, &protocolpb.Message{
			Id: a.GetAcceptedRequestMessageId(), ProtocolInstanceId: a.GetProtocolInstanceId(), Body: body,
			SequencingId: &protocolpb.Message_EventId{EventId: a.GetAcceptedRequestSequencingEventId()},
		})
	}
	return all
}
