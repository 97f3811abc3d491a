// Package logtest keeps what is logged, for tests. Only tests and what they stand on import it: they give a Lines to the
// logger of what they test, and read it.
package logtest

import (
	"bytes"
	"strings"
	"sync"
)

// Lines is a log that several goroutines write. The zero value is empty and ready.
type Lines struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

// Write adds to the log. It does not fail.
func (l *Lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String is all that was logged so far.
func (l *Lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Tail is the end of what was logged so far, of at most so many bytes.
func (l *Lines) Tail(size int) string {
	text := l.String()
	return text[max(0, len(text)-size):]
}

// Count is in how many lines all of the words are.
func (l *Lines) Count(words ...string) (n int) {
lines:
	for line := range strings.Lines(l.String()) {
		for _, word := range words {
			if !strings.Contains(line, word) {
				continue lines
			}
		}
		n++
	}
	return n
}
