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

	mu      sync.Mutex // guards what follows
	number  uint64     // how often the connection had been made anew when current began
	current context.Context
	end     context.CancelFunc
}

// watch begins to follow the connection in a goroutine that ends with close.
func watch(conn *nats.Conn) *link {
	l := newLink(conn)
	go l.run()
	return l
}

func newLink(conn *nats.Conn) *link {
	l := &link{conn: conn, status: conn.StatusChanged(nats.CONNECTED, nats.CLOSED), done: make(chan struct{}), number: conn.Stats().Reconnects}
	l.current, l.end = context.WithCancel(context.Background())
	return l
}

func (l *link) run() {
	for status := range l.status {
		l.handle(status)
	}
	close(l.done)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.end()
}

func (l *link) handle(status nats.Status) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.follow()
	if status == nats.CLOSED {
		l.end() // for good
	}
}

// generation is a context that ends when the connection is next made anew or closed for good, or the link is.
func (l *link) generation() context.Context {
	current, _ := l.now()
	return current
}

// now is the generation, and whether there is a connection: then it is surely that connection's. What is sent on a
// connection and waits for the end of the one before would be sent once more when run hears of the change.
func (l *link) now() (generation context.Context, connected bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.follow()
	if connected = l.conn.IsConnected(); connected {
		l.follow() // it may have come back between the two
	}
	return l.current, connected
}

// follow begins a generation if the connection was made anew, and the link is still open. The caller holds mu.
func (l *link) follow() {
	number := l.conn.Stats().Reconnects
	if number == l.number || l.closed() {
		return
	}
	l.end()
	l.number = number
	l.current, l.end = context.WithCancel(context.Background())
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
