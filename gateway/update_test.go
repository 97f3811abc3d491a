package gateway

import (
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/perdure/perdure/api"
)

// Requests that wait for an update keep out no others, and end at once when the server does.
func TestWhoWaitsForUpdates(t *testing.T) {
	s := start(t, func(c *Config) { c.MaxRequests = 1 })
	arrived, release := s.blocked()
	defer close(release)
	waiting := map[string]*nats.Subscription{}
	for _, method := range []string{"UpdateWorkflowExecution", "PollWorkflowExecutionUpdate", "ExecuteMultiOperation"} {
		waiting[method] = s.send(api.Names{}.API("default", method), valid[method])
		<-arrived
		s.requireIdle(t)
		_, err := s.ask(historySubject, "", valid["GetWorkflowExecutionHistory"])
		require.NoError(t, err)
	}
	require.NoError(t, s.gateway.Stop(within(t)))
	for method, sub := range waiting {
		require.Equal(t, codes.Unavailable, api.ErrorStatus(s.errorOf(sub)).Code(), method)
	}
}
