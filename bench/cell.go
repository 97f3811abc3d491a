package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

// result is one line of the table. Times of CPU and bytes are for one workflow; those of
// CPU are of what ended while it was measured.
type result struct {
	Workload    string  `json:"workload"`
	SDK         string  `json:"sdk"`
	Fsync       bool    `json:"fsync"`
	Concurrency int     `json:"concurrency"`
	PerSecond   float64 `json:"per_second"`
	P50         float64 `json:"p50_ms"`
	P99         float64 `json:"p99_ms"`
	ServerCPU   float64 `json:"server_cpu_ms"`
	WorkerCPU   float64 `json:"worker_cpu_ms"`
	ClientCPU   float64 `json:"client_cpu_ms"`
	// Disk is by how much the server's folder has grown with all workflows up to then, for each
	// of them, the log that is cut later included; History the part of it that histories at rest
	// take: compressed, but for the last 8 MiB or so.
	Disk    float64 `json:"disk_bytes"`
	History float64 `json:"history_bytes"`
	// Resident memory when the line ended, in bytes.
	ServerMemory int64 `json:"server_rss_bytes"`
	WorkerMemory int64 `json:"worker_rss_bytes"`
	// LagP50 and LagMax are how long the index of workflows took to know all that was acknowledged, where that was sampled.
	LagP50    float64 `json:"index_lag_p50_ms,omitempty"`
	LagMax    float64 `json:"index_lag_max_ms,omitempty"`
	Workflows int     `json:"workflows"`
	Errors    int     `json:"errors"`
}

// The warm-up lasts as long as the measurement, up to longestWarmUp.
const longestWarmUp = 2 * time.Second

// cell measures one workload with a number of workflows at once.
func (s *setup) cell(ctx context.Context, w *workload, concurrency int, seconds float64) (result, error) {
	r := result{Workload: w.name, SDK: s.sdk.name, Fsync: s.fsync == fsyncOn, Concurrency: concurrency}
	s.cells++
	name := fmt.Sprintf("%s-%d", w.name, s.cells)
	duration := time.Duration(seconds * float64(time.Second))
	l := begin(ctx, s.caller, w, name, concurrency)
	wait(ctx, min(duration, longestWarmUp))
	var seen observed
	var before, after usage
	var usageErr error
	profile := fmt.Sprintf("%s-%s-fsync-%s-%d", w.name, s.sdk.name, s.fsync, concurrency)
	err := takeProfiles(s.profile, profile, s.profiled(ctx), func() {
		l.awaitEnd(ctx)
		if before, usageErr = s.usage(); usageErr != nil {
			return
		}
		seen = r.observe(ctx, s, l, duration)
		after, usageErr = s.usage()
	})
	s.workflows += l.end()
	if err == nil {
		err = usageErr
	}
	if err != nil {
		return r, err
	}
	if err := ctx.Err(); err != nil {
		return r, err
	}
	if seen.firstErr != nil {
		fmt.Fprintf(os.Stderr, "bench: %s, %s, %d at once: %d errors, the first: %v\n", w.name, s.sdk.name, concurrency, seen.errors, seen.firstErr)
	}
	r.fill(&seen, before, after)
	return r, s.fillDisk(ctx, &r)
}

// observe watches the load, and the index's lag where that is sampled.
func (r *result) observe(ctx context.Context, s *setup, l *load, duration time.Duration) observed {
	if r.Concurrency < lagFrom || s.noIndex {
		return l.observe(ctx, duration)
	}
	watch := watchLag(ctx, s.client)
	seen := l.observe(ctx, duration)
	median, longest, err := watch.end()
	r.LagP50, r.LagMax = milliseconds(median), milliseconds(longest)
	if err != nil {
		fmt.Fprintf(os.Stderr, "bench: the index of workflows cannot be asked: %v\n", err)
	}
	return seen
}

func (r *result) fill(seen *observed, before, after usage) {
	r.PerSecond, r.Errors, r.Workflows = seen.perSecond(), seen.errors, len(seen.latencies)
	r.P50, r.P99 = milliseconds(seen.percentile(0.5)), milliseconds(seen.percentile(0.99))
	r.ServerMemory, r.WorkerMemory = after.serverMemory, after.workerMemory
	if n := float64(r.Workflows); n > 0 {
		r.ServerCPU = milliseconds(after.server-before.server) / n
		r.WorkerCPU = milliseconds(after.worker-before.worker) / n
		r.ClientCPU = milliseconds(after.client-before.client) / n
	}
}

// fillDisk waits until closed runs are at rest and tells by how much the folder has grown for each
// workflow up to now.
func (s *setup) fillDisk(ctx context.Context, r *result) error {
	after, err := s.settledDisk(ctx)
	if err != nil || s.workflows == 0 {
		return err
	}
	r.Disk = float64(after.all-s.empty.all) / float64(s.workflows)
	r.History = float64(after.history-s.empty.history) / float64(s.workflows)
	return nil
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
