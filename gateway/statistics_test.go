package gateway

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/api"
)

func TestWhatWasServedIsTold(t *testing.T) {
	s := start(t)
	require.Empty(t, s.gateway.Statistics().Methods)
	describe := valid["DescribeWorkflowExecution"]
	_, err := s.ask(api.Names{}.API("default", "DescribeWorkflowExecution"), "", describe)
	require.NoError(t, err)
	_, err = s.ask(api.Names{}.API("default", "DescribeWorkflowExecution"), "", `{}`)
	require.Error(t, err)
	for n := range 3 { // none of them becomes a figure
		_, err = s.ask(api.Names{}.API(fmt.Sprintf("other-%d", n), "DescribeWorkflowExecution"), "", describe)
		require.Error(t, err)
	}
	_, err = s.ask(historySubject, "", longPoll)
	require.NoError(t, err)

	require.NoError(t, s.gateway.Stop(within(t))) // a request is counted behind its answer
	all := s.gateway.Statistics()
	require.Zero(t, all.Requests)
	require.Zero(t, all.LongPolls)
	require.Len(t, all.Methods, 2)
	m := all.Methods[0]
	require.Equal(t, "api", m.Door)
	require.Equal(t, "DescribeWorkflowExecution", m.Method)
	require.Equal(t, uint64(5), m.Latency.Count())
	require.Equal(t, []NamespaceStatistics{
		{Namespace: "", Requests: 3, Errors: map[string]uint64{"NOT_FOUND": 3}},
		{Namespace: "default", Requests: 2, Errors: map[string]uint64{"INVALID_ARGUMENT": 1}},
	}, m.Namespaces)
	require.Equal(t, "GetWorkflowExecutionHistory", all.Methods[1].Method)
	require.Zero(t, all.Methods[1].Latency.Count(), "a long poll's time tells nothing")
	require.Equal(t, uint64(1), all.Methods[1].Namespaces[0].Requests)
}

func TestTheNamespacesThatAreCountedAreBounded(t *testing.T) {
	s := start(t)
	e := s.gateway.endpoints[endpointName{api.ClientDoor, "DescribeWorkflowExecution"}]
	for n := range mostCounted + 10 {
		e.countFor(fmt.Sprintf("namespace-%d", n), "")
	}
	require.LessOrEqual(t, len(e.counts), mostCounted+1)
	require.Equal(t, uint64(10), e.counts[""].requests)
	e.countFor("default", "")
	require.Equal(t, uint64(11), e.counts[""].requests)

	all := s.gateway.Statistics() // those that are gone make room
	require.Len(t, all.Methods[0].Namespaces, 1)
	e.countFor("default", "")
	require.Equal(t, uint64(1), e.counts["default"].requests)
}
