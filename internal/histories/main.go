// Command histories runs scenarios with Temporal's Go SDK, records what a server writes into workflow
// histories, and compares another server with that record. `make golden` compares Perdure with what Temporal
// 1.32 wrote: the recordings of history/machine/testdata/golden, which the tests of the machine replay, too.
//
// A scenario starts its own workers and workflows on its own task queue, and drives them through signals and gates so
// that the order of events does not depend on speed. What a record drops and keeps is in record.go.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
)

// timeLimit ends a scenario that hangs.
const timeLimit = 30 * time.Second

type options struct {
	address, namespace string
	run                string
	record, compare    string
	level              int
	sticky, list       bool
}

// outcome is one line of the closing table.
type outcome struct {
	name, level1, level2 string
	events               int
	took                 time.Duration
	err                  error
}

func main() {
	var o options
	flag.StringVar(&o.address, "address", "127.0.0.1:7233", "the server's gRPC `host:port`")
	flag.StringVar(&o.namespace, "namespace", "default", "the namespace to work in")
	flag.StringVar(&o.run, "run", "", "run only scenarios whose name matches this `regexp`")
	flag.StringVar(&o.record, "record", "", "write golden files into this `directory`")
	flag.StringVar(&o.compare, "compare", "", "compare with the golden files in this `directory`")
	flag.IntVar(&o.level, "level", 2, "what must match: 1 event ids and types, 2 everything")
	flag.BoolVar(&o.sticky, "sticky", true, "keep the workers' sticky cache on")
	flag.BoolVar(&o.list, "list", false, "list the scenarios and leave")
	flag.Parse()
	err := run(o)
	if err != nil && !errors.Is(err, errFailed) {
		fmt.Fprintln(os.Stderr, err)
	}
	if err != nil {
		os.Exit(1)
	}
}

// errFailed makes the exit status; the report has told the rest.
var errFailed = errors.New("some scenarios failed")

func run(o options) error {
	re, err := regexp.Compile(o.run)
	if err != nil {
		return err
	}
	var chosen []Scenario
	for _, s := range allScenarios() {
		if re.MatchString(s.Name) && (o.sticky || !s.KeepSticky) {
			chosen = append(chosen, s)
		}
	}
	if o.list {
		for _, s := range chosen {
			fmt.Printf("%-14s %-40s %s\n", s.Family, s.Name, s.Doc)
		}
		return nil
	}
	if (o.record == "") == (o.compare == "") {
		return errors.New("give exactly one of -record and -compare")
	}
	if o.compare != "" {
		chosen = slices.DeleteFunc(chosen, func(s Scenario) bool {
			_, err := os.Stat(filepath.Join(o.compare, s.Name+".json"))
			return errors.Is(err, fs.ErrNotExist)
		})
	}
	if o.level != 1 && o.level != 2 {
		return errors.New("-level is 1 or 2")
	}
	if o.record != "" {
		if err := os.MkdirAll(o.record, 0o755); err != nil {
			return err
		}
	}
	if !o.sticky {
		worker.SetStickyWorkflowCacheSize(0)
	}
	var outcomes []outcome
	for _, s := range chosen {
		out := runOne(o, s)
		outcomes = append(outcomes, out)
		fmt.Printf("%-4s %-44s %6.2fs %s\n", verdict(out), out.name, out.took.Seconds(), firstLine(out))
	}
	return report(outcomes)
}

// runOne runs a scenario and records or compares what it saw.
func runOne(o options, s Scenario) (out outcome) {
	out.name = s.Name
	start := time.Now()
	defer func() { out.took = time.Since(start) }()
	ctx, cancel := context.WithTimeout(context.Background(), timeLimit)
	defer cancel()
	e, err := newEnv(client.Options{
		HostPort: o.address, Namespace: o.namespace, Logger: quiet{},
		Identity: "golden-histories",
	}, s)
	if err != nil {
		out.err = err
		return out
	}
	defer e.close()
	if out.err = guard(ctx, e, s); out.err != nil {
		return out
	}
	for _, h := range e.doc.Histories {
		out.events += len(h.Events)
	}
	e.doc.scrub()
	if o.record != "" {
		out.err = e.doc.write(o.record)
		return out
	}
	out.level1, out.level2, out.err = e.doc.compare(o.compare)
	switch {
	case out.err != nil:
	case out.level1 != "" && o.level == 1:
		out.err = fmt.Errorf("events differ: %s", out.level1)
	case out.level2 != "" && o.level == 2:
		out.err = fmt.Errorf("record differs: %s", out.level2)
	}
	return out
}

// guard runs the scenario, turning a stop into an error.
func guard(ctx context.Context, e *Env, s Scenario) (err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case stop:
			err = p.err
		default:
			panic(p)
		}
	}()
	return s.Run(ctx, e)
}

func verdict(out outcome) string {
	if out.err != nil {
		return "FAIL"
	}
	return "ok"
}

func firstLine(out outcome) string {
	if out.err == nil {
		return ""
	}
	line, _, _ := strings.Cut(out.err.Error(), "\n")
	return line
}

// report prints the failures, the table and the closing line.
func report(outcomes []outcome) error {
	for _, out := range outcomes {
		if out.err != nil {
			fmt.Printf("\n--- %s\n%s\n", out.name, strings.TrimRight(out.err.Error(), "\n"))
		}
	}
	fmt.Printf("\n%-44s %-7s %-7s %7s %9s\n", "scenario", "level1", "level2", "events", "time")
	passed, failed := 0, 0
	for _, out := range outcomes {
		fmt.Printf("%-44s %-7s %-7s %7d %8.2fs\n", out.name, level(out, out.level1), level(out, out.level2), out.events, out.took.Seconds())
		if out.err != nil {
			failed++
		} else {
			passed++
		}
	}
	fmt.Printf("%d passed, %d failed\n", passed, failed)
	if failed > 0 {
		return errFailed
	}
	return nil
}

// level is the table's word for one level of comparison.
func level(out outcome, diff string) string {
	switch {
	case diff != "":
		return "differs"
	case out.err != nil && out.level1 == "" && out.level2 == "":
		return "-"
	}
	return "ok"
}
