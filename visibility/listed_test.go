package visibility

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
)

// list is all that a service lists, in no particular order, once it is not behind.
func list(t testing.TB, s *Service, filter string) []*workflowpb.WorkflowExecutionInfo {
	t.Helper()
	var all []*workflowpb.WorkflowExecutionInfo
	request := &workflowservice.ListWorkflowExecutionsRequest{Query: filter}
	for {
		reply, behind, err := s.ListWorkflowExecutions(within(t), testNamespace, request)
		require.NoError(t, err)
		require.Zero(t, behind)
		all = append(all, reply.Executions...)
		if request.NextPageToken = reply.NextPageToken; len(request.NextPageToken) == 0 {
			return all
		}
	}
}

// one is the only workflow that a filter finds.
func one(t testing.TB, s *Service, filter string) *workflowpb.WorkflowExecutionInfo {
	t.Helper()
	found := list(t, s, filter)
	require.Len(t, found, 1, filter)
	return found[0]
}

// rows are all that an index has, as text, by run id.
func rows(t testing.TB, s *Service) []string {
	t.Helper()
	var all []string
	for _, e := range list(t, s, "") {
		all = append(all, fmt.Sprintf("%s %s", e.Execution.RunId, e))
	}
	slices.Sort(all)
	for i := range all {
		all[i] = strings.ReplaceAll(all[i], "  ", " ") // protobuf's text varies on purpose
	}
	return all
}

// ids are the workflow ids of what a filter finds, sorted.
func ids(t testing.TB, s *Service, filter string) []string {
	t.Helper()
	var all []string
	for _, e := range list(t, s, filter) {
		all = append(all, e.Execution.WorkflowId)
	}
	slices.Sort(all)
	return all
}

// requireFresh compares an index with one that is made from the same streams.
func (p *place) requireFresh(s *Service) {
	p.t.Helper()
	fresh := p.serve(p.t.TempDir())
	want := rows(p.t, fresh)
	require.Equal(p.t, want, rows(p.t, s))
	require.NotEmpty(p.t, want)
	require.NoError(p.t, fresh.Stop(within(p.t)))
}
