package call

import (
	"context"
	"sync"

	"github.com/nats-io/nats.go"
)

// link turns the connection's coming back, or its end for good, into the end of a context.
// Unlike matching's, it watches the connection itself, and ends: calls have nobody else to tell them.
type link struct {
	conn   *nats.Conn
	status chan nats.Status
	done   chan struct{}
	once   sync.Once

	mu      sync.Mutex // guards the two below
	current context.Context
	renew   context.CancelFunc
}

// watch begins to follow the connection in a goroutine that ends with close.
func watch(conn *nats.Conn) *link {
	l := &link{conn: conn, status: conn.StatusChanged(nats.CONNECTED, nats.CLOSED), done: make(chan struct{})}
	l.current, l.renew = context.WithCancel(context.Background())
	go l.run()
	return l
}

func (l *link) run() {
	for range l.status {
		l.mu.Lock()
		l.renew()
		l.current, l.renew = context.WithCancel(context.Background())
		l.mu.Unlock()
	}
	close(l.done)
	l.renew() // for good
}

// generation is a context that ends when the connection is next made anew or closed for good, or the link is.
func (l *link) generation() context.Context {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.current
}

// closed tells whether the last generation has ended.
func (l *link) closed() bool {
	select {
	case <-l.done:
		return true
	default:
		return false
	}
}

func (l *link) close() {
	l.once.Do(func() { l.conn.RemoveStatusListener(l.status) })
	<-l.done
}
