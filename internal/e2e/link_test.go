package e2e

import (
	"io"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// link passes on connections to an address, and can be cut.
type link struct {
	to       string
	listener net.Listener
	ended    sync.WaitGroup

	mu    sync.Mutex // guards what follows
	cut   bool
	conns map[net.Conn]bool
}

// startLink starts a link that ends after the test.
func startLink(t testing.TB, to string) *link {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l := &link{to: to, listener: listener, conns: map[net.Conn]bool{}}
	l.ended.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			l.ended.Go(func() { l.pass(conn) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		l.set(true)
		l.ended.Wait()
	})
	return l
}

func (l *link) address() string { return l.listener.Addr().String() }

// set cuts the link, or mends it. While it is cut connections are closed as soon as they are made.
func (l *link) set(cut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = cut
	for conn := range l.conns {
		if cut {
			_ = conn.Close()
		}
	}
}

// hold notes a connection; it is false when the link is cut.
func (l *link) hold(conn net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns[conn] = true
	return !l.cut
}

func (l *link) drop(conn net.Conn) {
	_ = conn.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, conn)
}

func (l *link) pass(near net.Conn) {
	defer l.drop(near)
	if !l.hold(near) {
		return
	}
	far, err := net.Dial("tcp", l.to)
	if err != nil {
		return
	}
	defer l.drop(far)
	if !l.hold(far) {
		return
	}
	l.ended.Go(func() {
		defer func() { _ = near.Close() }()
		_, _ = io.Copy(near, far) // ends when either is closed
	})
	_, _ = io.Copy(far, near)
}
