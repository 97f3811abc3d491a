package e2e

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/internal/proctest"
	"github.com/perdure/perdure/internal/rpc"
)

// BenchmarkSleepers starts as many workflows as -benchtime says, each of which begins in a day, and lets
// them rest. What it reports is of a server process that is started then: how long until it is
// ready, and its resident memory, all of it, nats-server's included, and what of it each workflow takes.
//
//	go test ./internal/e2e -run xxx -bench Sleepers -benchtime 1000000x -timeout 60m
func BenchmarkSleepers(b *testing.B) {
	address, dir := proctest.FreeAddress(b), natstest.Dir(b)
	serve := func() *proctest.Process {
		s := startServer(b, settings{DataDir: dir, Listen: address, SyncInterval: seldom})
		<-s.Ready()
		return s
	}
	server := serve()
	empty := resident(b, server)
	c, js := connectClient(b, "nats://"+address), jetStream(b, "nats://"+address)
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	errs := make([]error, b.N)
	inParallel(b.N, func(n int) {
		request := startRequest(fmt.Sprintf("sleeper-%d", n), 0)
		request.WorkflowStartDelay = durationpb.New(24 * time.Hour)
		errs[n] = rpc.Call(ctx, c.Conn(), names.API(first.Namespace, "StartWorkflowExecution"), request, &workflowservice.StartWorkflowExecutionResponse{})
	})
	for _, err := range errs {
		require.NoError(b, err)
	}
	eventually(b, func() bool { return int(streamState(b, js, names.OpenStream(first)).NumSubjects) == b.N }, "they do not rest")
	b.ReportMetric(float64(resident(b, server))/(1<<20), "MiB-running")
	server.Stop(b)

	began := time.Now()
	server = serve()
	b.ReportMetric(time.Since(began).Seconds(), "s-to-ready")
	full := resident(b, server)
	b.ReportMetric(float64(full)/(1<<20), "MiB-restarted")
	b.ReportMetric(float64(full-empty)/float64(b.N), "B/workflow")
	server.Stop(b)
}

// resident is how much memory of a process is resident, in bytes.
func resident(b *testing.B, p *proctest.Process) int64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.ID()))
	require.NoError(b, err)
	_, rest, found := strings.Cut(string(status), "VmRSS:")
	require.True(b, found)
	kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	require.NoError(b, err)
	return kib << 10
}
