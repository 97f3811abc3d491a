package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/internal/natstest"
)

// TestMain is also the children's main: bench runs its own program again, which here is the test's.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && (os.Args[1] == "server" || os.Args[1] == "worker") {
		main()
		return
	}
	natstest.VerifyTestMain(m)
}

func TestEachWorkloadIsMeasured(t *testing.T) {
	dir := natstest.Dir(t)
	path := filepath.Join(dir, "results.json")
	c := newCommand()
	var out strings.Builder
	c.SetOut(&out)
	c.SetArgs([]string{
		"--only", "W1,w2,W5", "--seconds", "0.3", "--concurrency", "1,4", "--fsync", "off", "--json", path,
		"--data-dir", dir, "--profile", filepath.Join(dir, "profiles"),
	})
	require.NoError(t, c.ExecuteContext(t.Context()), out.String())

	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var results []map[string]any
	require.NoError(t, json.Unmarshal(text, &results))
	require.Len(t, results, 6)
	for _, r := range results {
		require.Zero(t, r["errors"], r)
		require.Equal(t, nativeName, r["sdk"], r)
		require.Equal(t, false, r["fsync"], r)
		for _, field := range []string{"concurrency", "per_second", "p50_ms", "p99_ms", "disk_bytes", "history_bytes", "server_rss_bytes", "worker_rss_bytes"} {
			require.Positive(t, r[field], "%s of %v", field, r)
		}
		require.Contains(t, r, "server_cpu_ms")
		require.Contains(t, r, "worker_cpu_ms")
	}
	profiles, err := filepath.Glob(filepath.Join(dir, "profiles", "W2-native-fsync-off-4-*.pprof"))
	require.NoError(t, err)
	require.Len(t, profiles, 6, "CPU and heap of server, worker and client")
	left, err := filepath.Glob(filepath.Join(dir, "perdure-bench-*"))
	require.NoError(t, err)
	require.Empty(t, left, "the servers' data are removed")
}

func TestEachSDKIsMeasured(t *testing.T) {
	dir := natstest.Dir(t)
	path := filepath.Join(dir, "results.json")
	c := newCommand()
	var out strings.Builder
	c.SetOut(&out)
	c.SetArgs([]string{
		"--only", "W2", "--sdk", "nats,GRPC", "--seconds", "0.3", "--concurrency", "4", "--fsync", "off", "--json", path, "--data-dir", dir,
	})
	require.NoError(t, c.ExecuteContext(t.Context()), out.String())
	require.Contains(t, out.String(), "16 pollers")

	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var results []result
	require.NoError(t, json.Unmarshal(text, &results))
	require.Len(t, results, 2)
	for i, name := range []string{grpcName, natsName} {
		require.Equal(t, name, results[i].SDK)
		require.Zero(t, results[i].Errors)
		require.Positive(t, results[i].Workflows)
	}
}

func TestEachSDKRunsEachWorkload(t *testing.T) {
	for _, sdk := range sdks {
		t.Run(sdk.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			s, err := newSetup(ctx, &options{dataDir: natstest.Dir(t)}, sdk, fsyncOff)
			require.NoError(t, err)
			defer func() { require.NoError(t, s.close()) }()
			for _, w := range workloads {
				require.NoError(t, w.once(ctx, s.caller, w.name))
			}
		})
	}
}

func TestWrongResultsAreErrors(t *testing.T) {
	l := &load{counting: true}
	l.note(1, nil)
	l.note(2, context.DeadlineExceeded)
	require.Len(t, l.seen.latencies, 1)
	require.Equal(t, 1, l.seen.errors)
	require.ErrorIs(t, l.seen.firstErr, context.DeadlineExceeded)
	require.Equal(t, 2, l.ended)
}

func TestOptionsAreChecked(t *testing.T) {
	for _, args := range [][]string{
		{"--only", "W10"}, {"--concurrency", "0"}, {"--fsync", "maybe"}, {"--seconds", "0"}, {"--sdk", "other"}, {"--pollers", "1"}, {"what"},
	} {
		c := newCommand()
		c.SetArgs(args)
		require.Error(t, c.ExecuteContext(t.Context()), args)
	}
}

func TestPercentile(t *testing.T) {
	var o observed
	require.Zero(t, o.percentile(0.5))
	for i := 100; i > 0; i-- {
		o.latencies = append(o.latencies, time.Duration(i))
	}
	require.Equal(t, time.Duration(51), o.percentile(0.5))
	require.Equal(t, time.Duration(100), o.percentile(0.99))
	require.Equal(t, time.Duration(100), o.percentile(1))
}

func TestOwnProcessIsMeasured(t *testing.T) {
	used, err := cpuTime(os.Getpid())
	require.NoError(t, err)
	require.GreaterOrEqual(t, used, time.Duration(0))
	memory, err := residentBytes(os.Getpid())
	require.NoError(t, err)
	require.Greater(t, memory, int64(1<<20))
}
