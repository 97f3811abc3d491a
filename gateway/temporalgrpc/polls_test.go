package temporalgrpc

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// waiting is a service whose calls wait until they are let go.
type waiting struct {
	began chan struct{} // one for each call
	goOn  chan struct{}
}

func (w waiting) Call(ctx context.Context, _ string, _ proto.Message) (proto.Message, error) {
	w.began <- struct{}{}
	select {
	case <-w.goOn:
		return nil, serviceerror.NewNotFound("nothing came")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// A flood of polls in one namespace is refused beyond its bound, for each method of its own, and takes nobody else's
// place; when polls end others are served.
func TestAFloodInOneNamespace(t *testing.T) {
	const most, flood = 3, 40
	service := waiting{make(chan struct{}, 10*most), make(chan struct{})}
	client := workflowservice.NewWorkflowServiceClient(start(t, Config{Service: service, MaxNamespacePolls: most}))
	outcomes := make(chan error, flood)
	var calls sync.WaitGroup
	call := func(request func() error) {
		calls.Go(func() { outcomes <- request() })
	}
	pollWorkflow := func(namespace string) func() error {
		return func() error {
			_, err := client.PollWorkflowTaskQueue(within(t), &workflowservice.PollWorkflowTaskQueueRequest{Namespace: namespace})
			return err
		}
	}
	history := func(wait bool) func() error {
		return func() error {
			_, err := client.GetWorkflowExecutionHistory(within(t), &workflowservice.GetWorkflowExecutionHistoryRequest{Namespace: "flooded", WaitNewEvent: wait})
			return err
		}
	}
	others := []func() error{
		pollWorkflow("other"),
		history(false),
		func() error {
			_, err := client.PollActivityTaskQueue(within(t), &workflowservice.PollActivityTaskQueueRequest{Namespace: "flooded"})
			return err
		},
		func() error {
			_, err := client.QueryWorkflow(within(t), &workflowservice.QueryWorkflowRequest{Namespace: "flooded"})
			return err
		},
	}

	for range flood {
		call(pollWorkflow("flooded"))
	}
	for range flood - most {
		requireBusy(t, <-outcomes)
	}
	begins := func() {
		t.Helper()
		select {
		case <-service.began:
		case err := <-outcomes:
			t.Fatalf("a call that has room ends: %v", err)
		}
	}
	for range most {
		begins()
	}
	for _, other := range others {
		call(other)
		begins()
	}
	for range most { // one method has a bound of its own
		call(history(true))
		begins()
	}
	requireBusy(t, history(true)())
	call(history(false)) // it does not wait for events
	begins()
	requireBusy(t, pollWorkflow("flooded")())

	close(service.goOn)
	calls.Wait()
	for range 2*most + len(others) + 1 {
		require.Equal(t, codes.NotFound, status.Code(<-outcomes))
	}
	require.Equal(t, codes.NotFound, status.Code(pollWorkflow("flooded")()), "the places are free again")
}

func requireBusy(t *testing.T, err error) {
	t.Helper()
	var busy *serviceerror.ResourceExhausted
	require.ErrorAs(t, serviceerror.FromStatus(status.Convert(err)), &busy)
	require.Equal(t, enumspb.RESOURCE_EXHAUSTED_CAUSE_CONCURRENT_LIMIT, busy.Cause)
	require.Equal(t, enumspb.RESOURCE_EXHAUSTED_SCOPE_NAMESPACE, busy.Scope)
}

// Namespaces whose polls have ended are forgotten.
func TestPollsLeaveNothingBehind(t *testing.T) {
	p := newPolls(1)
	for _, namespace := range []string{"a", "b"} {
		leave, err := p.enter("poll", &workflowservice.PollActivityTaskQueueRequest{Namespace: namespace})
		require.NoError(t, err)
		leave()
	}
	require.Empty(t, p.count)
}
