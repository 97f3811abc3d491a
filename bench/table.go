package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
)

// table prints results as they come, in columns of fixed widths.
type table struct{ out io.Writer }

const (
	headFormat = "%-7s %-6s %-5s %8s %9s %9s %9s %11s %11s %11s %9s %11s %11s %11s %9s %9s %7s\n"
	lineFormat = "%-7s %-6s %-5s %8d %9.1f %9.2f %9.2f %11.3f %11.3f %11.3f %9.0f %11.0f %11.0f %11.0f %9.1f %9.1f %7d\n"
)

func newTable(out io.Writer, o *options) *table {
	for _, w := range workloads {
		fmt.Fprintf(out, "%-7s  %s\n", w.name, w.about)
	}
	for _, s := range o.chosenSDKs() {
		fmt.Fprintf(out, "%-7s  %s\n", s.name, s.about)
	}
	if slices.ContainsFunc(o.chosenSDKs(), (*sdk).isTemporal) {
		fmt.Fprintf(out, "Temporal's %d workers share a process; each has %s for workflow tasks, and as many for activities; all else is as its SDK has it by default\n",
			temporalWorkers, o.pollersText())
	}
	fmt.Fprintln(out, "CPU and bytes are for one workflow; disk includes the log, which is cut later, and the index")
	fmt.Fprintf(out, "lag is how many ms a list waits for the index, with %d workflows at once or more\n", lagFrom)
	fmt.Fprintln(out)
	fmt.Fprintf(out, headFormat, "", "sdk", "fsync", "at once", "/s", "p50 ms", "p99 ms",
		"server ms", "worker ms", "client ms", "disk B", "history B", "server MiB", "worker MiB", "lag p50", "lag max", "errors")
	return &table{out}
}

func (t *table) print(r result) {
	fsync := fsyncOff
	if r.Fsync {
		fsync = fsyncOn
	}
	fmt.Fprintf(t.out, lineFormat, r.Workload, r.SDK, fsync, r.Concurrency, r.PerSecond, r.P50, r.P99,
		r.ServerCPU, r.WorkerCPU, r.ClientCPU, r.Disk, r.History, mebibytes(r.ServerMemory), mebibytes(r.WorkerMemory), r.LagP50, r.LagMax, r.Errors)
}

func mebibytes(n int64) float64 { return float64(n) / (1 << 20) }

// writeJSON writes the results as a list of objects; "" for nowhere.
func writeJSON(path string, results []result) error {
	if path == "" {
		return nil
	}
	if results == nil {
		results = []result{} // a list in any case
	}
	text, err := json.MarshalIndent(results, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("writing the results: %w", err)
	}
	return nil
}
