package main

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"
)

// options are the command line.
type options struct {
	only        []string
	seconds     float64
	concurrency []int
	fsync       []string
	json        string

	dataDir string
	profile string
	shards  int
}

const (
	fsyncOn  = "on"
	fsyncOff = "off"
)

func (o *options) register(flags *pflag.FlagSet) {
	flags.StringSliceVar(&o.only, "only", nil, "workloads to run (default all): "+strings.Join(workloadNames(), ", "))
	flags.Float64Var(&o.seconds, "seconds", 5, "how long each line is measured, after a warm-up")
	flags.IntSliceVar(&o.concurrency, "concurrency", nil, "how many workflows at once (default 1,64,256, and 16 for W5)")
	flags.StringSliceVar(&o.fsync, "fsync", []string{fsyncOff, fsyncOn}, "with each write synced before it is acknowledged, without, or both")
	flags.StringVar(&o.json, "json", "", "file for the results as JSON")
	flags.StringVar(&o.dataDir, "data-dir", "", "folder for the servers' data, which are removed afterwards (default the system's for temporary files)")
	flags.StringVar(&o.profile, "profile", "", "folder for CPU and heap profiles of server, worker and client, a pair of each for each line")
	flags.IntVar(&o.shards, "shards", 0, "shards of the namespace (default the server's)")
	for _, expert := range []string{"profile", "shards"} {
		_ = flags.MarkHidden(expert) // fails for a flag that is not there
	}
}

func (o *options) validate() error {
	for _, name := range o.only {
		if findWorkload(name) == nil {
			return fmt.Errorf("--only %s: use one or several of %s", name, strings.Join(workloadNames(), ", "))
		}
	}
	for _, n := range o.concurrency {
		if n < 1 {
			return fmt.Errorf("--concurrency %d: use 1 or more", n)
		}
	}
	for _, f := range o.fsync {
		if f != fsyncOn && f != fsyncOff {
			return fmt.Errorf("--fsync %s: use %s, %s or both", f, fsyncOn, fsyncOff)
		}
	}
	if o.seconds <= 0 {
		return fmt.Errorf("--seconds %v: use more than 0", o.seconds)
	}
	return nil
}

// workloads are those to run, in their order.
func (o *options) workloads() []*workload {
	if len(o.only) == 0 {
		return workloads
	}
	var chosen []*workload
	for _, w := range workloads {
		for _, name := range o.only {
			if strings.EqualFold(name, w.name) {
				chosen = append(chosen, w)
				break
			}
		}
	}
	return chosen
}

// concurrencies are how many workflows of one kind run at once.
func (o *options) concurrencies(w *workload) []int {
	if len(o.concurrency) > 0 {
		return o.concurrency
	}
	return w.concurrency
}
