package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

type vetOptions struct {
	tags      string
	skipTests bool
}

func newVet(g *global) *cobra.Command {
	o := &vetOptions{}
	c := &cobra.Command{
		Use:   "vet [PACKAGE]...",
		Short: "Check workflow code for what a replay would not do again as it was",
		Long: `Check Go code of workflows, of Perdure's SDK or of Temporal's, for what a replay would not do again
as it was: clocks, random numbers, goroutines, channels of Go's, locks, the order of maps, I/O, logs,
global variables. Packages are named as for the go command, which has to be there; ./... if none is.

A comment allows what is meant, on its line or above it, and above a function all of it:

  total += price() //perdure:allow the price list is compiled in

It is a vet tool, too: go vet -vettool="$(which perdure)" ./...

Exit codes: 0 nothing found, 1 something found, 2 the packages could not be looked at.`,
		Example: `  perdure vet
  perdure vet ./orders/... --output json`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, packages []string) error {
			if len(packages) == 0 {
				packages = []string{"./..."}
			}
			found, err := vet(c.Context(), o, packages)
			if showErr := g.showFound(found); showErr != nil {
				return showErr
			}
			if err == nil && len(found) > 0 {
				return silentError{}
			}
			return err
		},
	}
	c.Flags().StringVar(&o.tags, "tags", "", "build tags, separated by commas")
	c.Flags().BoolVar(&o.skipTests, "skip-tests", false, "say nothing of what is in test files")
	return c
}

// found is one finding.
type found struct {
	spot
	Kind    string `json:"kind"`
	Message string `json:"message"`
	// Calls lead there from the workflow, as far as they are in the finding's package.
	Calls []foundCall `json:"calls,omitempty"`
}

type foundCall struct {
	spot
	Message string `json:"message"`
}

// spot is a place in the code, from the working directory.
type spot struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

func (s spot) String() string { return fmt.Sprintf("%s:%d:%d", s.File, s.Line, s.Column) }

// showFound prints findings: a line each as text, as the go command does, an array as JSON, a line each as jsonl.
func (g *global) showFound(all []found) error {
	if g.Output == outputJSON {
		if all == nil {
			all = []found{}
		}
		return g.show(all, nil)
	}
	for _, one := range all {
		err := g.show(one, func(int) []string {
			lines := []string{fmt.Sprintf("%s: %s [%s]", one.spot, one.Message, one.Kind)}
			for _, call := range one.Calls {
				lines = append(lines, fmt.Sprintf("\t%s: %s", call.spot, call.Message))
			}
			return lines
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// decodeFound reads what the tool says of one package.
func decodeFound(of map[string]json.RawMessage, directory string) ([]found, error) {
	said, ok := of["determinism"]
	if !ok {
		return nil, nil
	}
	var problem struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(said, &problem) == nil && problem.Error != "" {
		return nil, fmt.Errorf("checking workflow code: %s", problem.Error)
	}
	type diagnostic struct {
		Category, Posn, Message string
		Related                 []struct{ Posn, Message string }
	}
	var diagnostics []diagnostic
	if err := json.Unmarshal(said, &diagnostics); err != nil {
		return nil, fmt.Errorf("reading what go vet says: %w", err)
	}
	var all []found
	for _, d := range diagnostics {
		one := found{spot: spotOf(d.Posn, directory), Kind: d.Category, Message: d.Message}
		for _, call := range d.Related {
			one.Calls = append(one.Calls, foundCall{spotOf(call.Posn, directory), call.Message})
		}
		all = append(all, one)
	}
	return all, nil
}

func isTestFile(name string) bool { return strings.HasSuffix(name, "_test.go") }
