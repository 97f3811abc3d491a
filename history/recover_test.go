package history

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
)

// restAll lets all runs rest and the index be written.
func (d *driven) restAll() {
	d.t.Helper()
	d.quiet()
	for len(d.active) > 0 {
		d.restTick()
		d.until(func() bool { return !d.rest.writingOpen })
	}
	d.writeIndex()
}

// behindTheirRest makes a shard of runs that have one record behind their rest.
func behindTheirRest(t testing.TB, runs int) *place {
	t.Helper()
	p := newPlace(t, func(c *Config) { c.RestAfter = time.Nanosecond })
	d := p.drive(t)
	defer d.end()
	const some = 100
	starts, signals := make([]proto.Message, runs), make([]proto.Message, runs)
	for n := range runs {
		id := fmt.Sprintf("run-%d", n)
		starts[n], signals[n] = start(id), signal(id, "behind")
	}
	for from := 0; from < runs; from += some {
		d.must(starts[from:min(from+some, runs)]...)
	}
	d.restAll()
	for from := 0; from < runs; from += some {
		d.must(signals[from:min(from+some, runs)]...)
	}
	return p
}

// Runs that have records behind their rest are read from there many at a time, and are whole.
func TestRecoveryReadsRunsAtOnce(t *testing.T) {
	const atOnce, runs = 32, 100
	p := behindTheirRest(t, runs)
	gate := &gate{word: []byte("DIRECT.GET." + p.config.Names.OpenStream(p.settings.Incarnation) + " "), count: atOnce}
	p.through(t, gate)
	d := p.drive(t)
	require.True(t, gate.passed())
	require.Len(t, d.active, runs)
	for n := range runs {
		require.Equal(t, []string{"behind"}, d.signals(fmt.Sprintf("run-%d", n)))
	}
}

// through has the place's shards reach NATS by connections of the dialer's.
func (p *place) through(t testing.TB, dialer nats.CustomDialer) {
	t.Helper()
	conn, err := nats.Connect(p.js.Conn().ConnectedUrl(), nats.SetCustomDialer(dialer))
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	p.connect(t, conn)
}

// gate is a connection that holds back what is written from the first time on that the word is in
// it, until the word was in it as often as count says.
type gate struct {
	net.Conn
	word  []byte
	count int

	mu   sync.Mutex
	seen int
	held []byte
}

func (g *gate) Dial(network, address string) (net.Conn, error) {
	var err error
	g.Conn, err = net.Dial(network, address)
	return g, err
}

func (g *gate) Write(data []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.seen += bytes.Count(data, g.word)
	g.held = append(g.held, data...)
	if g.seen > 0 && g.seen < g.count {
		return len(data), nil
	}
	_, err := g.Conn.Write(g.held)
	g.held = g.held[:0]
	return len(data), err
}

func (g *gate) passed() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.seen >= g.count
}

func BenchmarkRecoverBehindRest(b *testing.B) {
	const runs = 4000
	p := behindTheirRest(b, runs)
	for b.Loop() {
		sh := p.shard(b)
		require.NoError(b, sh.openLog(within(b)))
		l, _, err := sh.replay(context.Background())
		require.NoError(b, err)
		require.Len(b, l.active, runs)
	}
}
