package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strings"
)

// profiler writes profiles of its own process: "profile PATH" begins a CPU
// profile, "end" ends it and adds a heap profile.
type profiler struct {
	path string
	cpu  *os.File
}

const (
	profileBegin = "profile "
	profileEnd   = "end"
)

func (p *profiler) obey(line string) error {
	if path, ok := strings.CutPrefix(line, profileBegin); ok {
		return p.begin(path)
	}
	if line == profileEnd {
		return p.end()
	}
	return fmt.Errorf("%q is nothing that can be asked for", line)
}

func (p *profiler) begin(path string) error {
	file, err := os.Create(path + ".cpu.pprof")
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return errors.Join(err, file.Close())
	}
	p.path, p.cpu = path, file
	return nil
}

func (p *profiler) end() error {
	if p.cpu == nil {
		return errors.New("no profile was begun")
	}
	pprof.StopCPUProfile()
	err := p.cpu.Close()
	p.cpu = nil
	heap, heapErr := os.Create(p.path + ".heap.pprof")
	if heapErr != nil {
		return errors.Join(err, heapErr)
	}
	runtime.GC() // the profile is of the last collection
	return errors.Join(err, pprof.Lookup("allocs").WriteTo(heap, 0), heap.Close())
}

// profiled runs f while both children write profiles into the folder; an empty one: just f.
func profiled(dir, name string, children []*child, ask func(c *child, line string) error, f func()) error {
	if dir == "" {
		f()
		return nil
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	for _, c := range children {
		if err := ask(c, profileBegin+filepath.Join(dir, name+"-"+c.name)); err != nil {
			return err
		}
	}
	f()
	var errs []error
	for _, c := range children {
		errs = append(errs, ask(c, profileEnd))
	}
	return errors.Join(errs...)
}
