package coroutine

import (
	"bytes"
	"runtime"
	"runtime/debug"
	"strings"
)

// goroutineHeader is how the calling goroutine is headed in stack dumps: "goroutine 12 ".
func goroutineHeader() *string {
	var buf [32]byte
	head := buf[:runtime.Stack(buf[:], false)]
	if end := bytes.IndexByte(head, '['); end > 0 {
		head = head[:end]
	}
	header := string(head)
	return &header
}

// Running shows the coroutine whose turn it is and where its code is. It may be called while Run runs.
func (d *Dispatcher) Running() (name, stack string) {
	c := d.current.Load()
	if c == nil {
		return "", ""
	}
	return c.name, trimmed(stackOf(allStacks(), c.goroutine.Load()))
}

// Stacks shows where the code of each live coroutine is; not to be called while Run runs.
func (d *Dispatcher) Stacks() string {
	var out strings.Builder
	for _, t := range d.Traces() {
		out.WriteString(t.Head() + ":\n" + trimmed(t.Frames) + "\n")
	}
	return out.String()
}

// Trace is where one coroutine is.
type Trace struct {
	Name string
	// Reason is what it waits for; empty before its first turn.
	Reason string
	// Frames are as in a stack dump: two lines each, innermost first, the SDK's among them.
	Frames string
}

// Head names the coroutine and what it waits for.
func (t Trace) Head() string {
	if t.Reason == "" {
		return "coroutine " + t.Name
	}
	return "coroutine " + t.Name + " [blocked on " + t.Reason + "]"
}

// Traces are those of the live coroutines, in order of their turns; not to be called while Run runs.
func (d *Dispatcher) Traces() []Trace {
	dump := allStacks()
	var traces []Trace
	for _, c := range d.live {
		if !c.done {
			traces = append(traces, Trace{c.name, c.reason, stackOf(dump, c.goroutine.Load())})
		}
	}
	return traces
}

// stackOf is the part of a dump that belongs to a goroutine, without its header.
func stackOf(dump string, header *string) string {
	if header == nil {
		return "not started\n"
	}
	for part := range strings.SplitSeq(dump, "\n\n") {
		if strings.HasPrefix(part, *header) {
			_, frames, _ := strings.Cut(part, "\n")
			return strings.TrimRight(frames, "\n") + "\n"
		}
	}
	return "no stack\n"
}

// panicStack is where the calling goroutine panics, for a deferred function.
func panicStack() string {
	_, frames, _ := strings.Cut(string(debug.Stack()), "\n")
	return trimmed(frames)
}

func allStacks() string {
	for size := 64 << 10; ; size *= 4 {
		buf := make([]byte, size)
		if n := runtime.Stack(buf, true); n < size || size > 16<<20 {
			return string(buf[:n])
		}
	}
}
