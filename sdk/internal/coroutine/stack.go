package coroutine

import (
	"bytes"
	"runtime"
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

// Running shows the coroutine whose turn it is and where it is. It may be called while Run runs.
func (d *Dispatcher) Running() (name, stack string) {
	c := d.current.Load()
	if c == nil {
		return "", ""
	}
	return c.name, stackOf(allStacks(), c.goroutine.Load())
}

// Stacks shows where each live coroutine is; not to be called while Run runs.
func (d *Dispatcher) Stacks() string {
	dump := allStacks()
	var out strings.Builder
	for _, c := range d.live {
		if c.done {
			continue
		}
		out.WriteString("coroutine " + c.name)
		if c.reason != "" {
			out.WriteString(" [blocked on " + c.reason + "]")
		}
		out.WriteString(":\n")
		out.WriteString(stackOf(dump, c.goroutine.Load()))
		out.WriteString("\n")
	}
	return out.String()
}

// stackOf is the part of a dump that belongs to a goroutine, without its header.
func stackOf(dump string, header *string) string {
	if header == nil {
		return "not started\n"
	}
	for part := range strings.SplitSeq(dump, "\n\n") {
		if strings.HasPrefix(part, *header) {
			_, frames, _ := strings.Cut(part, "\n")
			return frames + "\n"
		}
	}
	return "no stack\n"
}

func allStacks() string {
	for size := 64 << 10; ; size *= 4 {
		buf := make([]byte, size)
		if n := runtime.Stack(buf, true); n < size || size > 16<<20 {
			return string(buf[:n])
		}
	}
}
