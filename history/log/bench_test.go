package log

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/internal/natstest"
)

// BenchmarkAppend appends frames with eight in flight, or waits for each.
func BenchmarkAppend(b *testing.B) {
	for _, always := range []bool{false, true} {
		for _, process := range []bool{true, false} {
			for _, size := range []int{400, 16 << 10} {
				for _, inFlight := range []int{1, 8} {
					b.Run(fmt.Sprintf("fsync=%v/inprocess=%v/bytes=%d/inflight=%d", always, process, size, inFlight), func(b *testing.B) {
						s := natstest.Start(b, func(o *server.Options) { o.SyncAlways = always })
						var options []nats.Option
						if process {
							options = append(options, s.InProcess())
						}
						benchmarkAppend(b, newLog(b, s.Connect(b, options...), func(c *Config) { c.MaxInFlight = inFlight }), size)
					})
				}
			}
		}
	}
}

func benchmarkAppend(b *testing.B, l *Log, size int) {
	w := takeOver(b, l, 0, 1)
	frame := records(strings.Repeat("x", size))
	received := 0
	receive := func(a Ack) {
		require.NoError(b, a.Err)
		received++
	}
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		for len(w.flights) == l.config.MaxInFlight {
			receive(w.Await(context.Background()))
		}
		if _, err := w.Append(frame); err != nil {
			b.Fatal(err)
		}
	}
	for received < b.N {
		receive(w.Await(context.Background()))
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "frames/s")
}

// BenchmarkRead reads a log of 16 KiB frames.
func BenchmarkRead(b *testing.B) {
	l := newLog(b, natstest.Start(b).Connect(b))
	const frames = 1000
	w := takeOver(b, l, 0, 1)
	for range frames {
		add(b, w, strings.Repeat("x", 16<<10))
	}
	b.SetBytes(frames * 16 << 10)
	for b.Loop() {
		got, _ := read(b, l, 0, 0)
		require.Len(b, got, frames+1)
	}
}
