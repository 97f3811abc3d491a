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

// profiled is a process of which profiles can be taken.
type profiled struct {
	name string
	// ask has its profiler do what the line says.
	ask func(line string) error
}

// takeProfiles runs f while each process writes profiles into the folder; an empty one: just f.
func takeProfiles(dir, name string, of []profiled, f func()) error {
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
	for _, p := range of {
		if err := p.ask(profileBegin + filepath.Join(dir, name+"-"+p.name)); err != nil {
			return err
		}
	}
	f()
	var errs []error
	for _, p := range of {
		errs = append(errs, p.ask(profileEnd))
	}
	return errors.Join(errs...)
}
