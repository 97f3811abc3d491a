package main

import (
	"context"
	"errors"
	"io"
)

// runSuite measures all that the options ask for, each workload with each SDK on a server of its own, and
// prints each line as it is known.
func runSuite(ctx context.Context, o *options, out io.Writer) error {
	t := newTable(out, o)
	var results []result
	for _, fsync := range o.fsync {
		for _, w := range o.workloads() {
			for _, sdk := range o.chosenSDKs() {
				lines, err := runWorkload(ctx, o, w, sdk, fsync, t)
				results = append(results, lines...)
				if err != nil {
					return errors.Join(err, writeJSON(o.json, results))
				}
			}
		}
	}
	return writeJSON(o.json, results)
}

func runWorkload(ctx context.Context, o *options, w *workload, sdk *sdk, fsync string, t *table) (results []result, err error) {
	s, err := newSetup(ctx, o, sdk, fsync)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	for _, n := range o.concurrencies(w) {
		r, err := s.cell(ctx, w, n, o.seconds)
		if err != nil {
			return results, err
		}
		results = append(results, r)
		t.print(r)
	}
	return results, nil
}
