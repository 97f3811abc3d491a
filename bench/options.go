package main

import (
	"fmt"

	"github.com/spf13/pflag"
)

// options are the command line.
type options struct {
	only        []string
	seconds     float64
	concurrency []int
	fsync       []string
	sdks        []string
	json        string

	dataDir string
	profile string
	shards  int
	pollers int
	noIndex bool
}

const (
	fsyncOn  = "on"
	fsyncOff = "off"
)

func (o *options) register(flags *pflag.FlagSet) {
	flags.StringSliceVar(&o.only, "only", nil, "workloads to run (default all): "+names(workloads))
	flags.Float64Var(&o.seconds, "seconds", 5, "how long each line is measured, after a warm-up")
	flags.IntSliceVar(&o.concurrency, "concurrency", nil, "how many workflows at once (default what suits each workload, as 1, 64 and 256)")
	flags.StringSliceVar(&o.fsync, "fsync", []string{fsyncOff, fsyncOn}, "with each write synced before it is acknowledged, without, or both")
	flags.StringSliceVar(&o.sdks, "sdk", []string{nativeName}, "SDKs of client and worker, one or several of "+names(sdks))
	flags.StringVar(&o.json, "json", "", "file for the results as JSON")
	flags.StringVar(&o.dataDir, "data-dir", "", "folder for the servers' data, which are removed afterwards (default the system's for temporary files)")
	flags.StringVar(&o.profile, "profile", "", "folder for CPU and heap profiles of server, worker and client, a pair of each for each line")
	flags.IntVar(&o.shards, "shards", 0, "shards of the namespace (default the server's)")
	flags.IntVar(&o.pollers, "pollers", temporalPollers, "pollers for workflow tasks, and for activities, of each of Temporal's workers; 0 for its SDK's default")
	flags.BoolVar(&o.noIndex, "no-index", false, "keep no index of workflows, to see what it costs")
	for _, expert := range []string{"profile", "shards", "pollers", "no-index"} {
		_ = flags.MarkHidden(expert) // fails for a flag that is not there
	}
}

func (o *options) validate() error {
	if err := known("--only", workloads, o.only); err != nil {
		return err
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
	if err := known("--sdk", sdks, o.sdks); err != nil {
		return err
	}
	if o.pollers < 0 || o.pollers == 1 {
		return fmt.Errorf("--pollers %d: use 2 or more, or 0", o.pollers)
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
	return choose(workloads, o.only)
}

// chosenSDKs are those that are named, in the order of sdks.
func (o *options) chosenSDKs() []*sdk {
	return choose(sdks, o.sdks)
}

// pollersText says how many pollers each of Temporal's workers has of a kind.
func (o *options) pollersText() string {
	if o.pollers == 0 {
		return "its SDK's default of pollers"
	}
	return fmt.Sprintf("%d pollers", o.pollers)
}

// concurrencies are how many workflows of one kind run at once.
func (o *options) concurrencies(w *workload) []int {
	if len(o.concurrency) > 0 {
		return o.concurrency
	}
	return w.concurrency
}
