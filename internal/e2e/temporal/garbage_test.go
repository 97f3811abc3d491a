package temporal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
)

// preface is how a client of HTTP/2 begins, with settings of which there are none.
var preface = append([]byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame(4, 0, 0, nil)...)

// frame is one of HTTP/2.
func frame(kind, flags byte, stream uint32, payload []byte) []byte {
	size := len(payload)
	head := []byte{byte(size >> 16), byte(size >> 8), byte(size), kind, flags}
	return append(binary.BigEndian.AppendUint32(head, stream), payload...)
}

// header is one in HPACK, as it is.
func header(name, value string) []byte {
	out := append([]byte{0, byte(len(name))}, name...)
	out = append(out, 0x7f)
	for rest := len(value) - 0x7f; ; rest >>= 7 {
		if rest < 0x80 {
			out = append(out, byte(rest))
			break
		}
		out = append(out, byte(rest)|0x80)
	}
	return append(out, value...)
}

// call are the headers of one.
func call(method string) []byte {
	var out []byte
	for _, h := range [][2]string{
		{":method", "POST"}, {":scheme", "http"}, {":path", method}, {":authority", "localhost"}, {"content-type", "application/grpc"}, {"te", "trailers"},
	} {
		out = append(out, 0, byte(len(h[0])))
		out = append(out, h[0]...)
		out = append(out, byte(len(h[1])))
		out = append(out, h[1]...)
	}
	return out
}

const describe = "/temporal.api.workflowservice.v1.WorkflowService/GetSystemInfo"

// garbage is what no client of gRPC says.
func garbage() map[string][]byte {
	random := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 100_000)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	with := func(parts ...[]byte) []byte { return bytes.Join(append([][]byte{preface}, parts...), nil) }
	const endHeaders, endStream = 4, 1
	called := frame(1, endHeaders, 1, call(describe))
	return map[string][]byte{
		"nothing":                   nil,
		"noise":                     noise,
		"HTTP/1.1":                  []byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
		"half a hello of TLS":       {0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, 7, 7, 7},
		"half a preface":            preface[:10],
		"a preface, noise":          with(noise),
		"a frame too large":         with([]byte{0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1}, noise),
		"headers too large":         with(frame(1, endHeaders, 1, header("x", strings.Repeat("y", 16_000))), frame(1, 0, 3, call(describe)), bytes.Repeat(frame(9, 0, 3, header("x", strings.Repeat("y", 16_000))), 100)),
		"headers that do not end":   with(bytes.Repeat(frame(9, 0, 1, nil), 1000)),
		"broken HPACK":              with(frame(1, endHeaders, 1, []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff})),
		"a message of 4 GiB":        with(called, frame(0, 0, 1, []byte{0, 0xff, 0xff, 0xff, 0xff, 1, 2, 3})),
		"a message that is none":    with(called, frame(0, endStream, 1, []byte{0, 0, 0, 0, 3, 0xff, 0xff, 0xff})),
		"compressed, it says":       with(called, frame(0, endStream, 1, []byte{1, 0, 0, 0, 3, 1, 2, 3})),
		"half a message":            with(called, frame(0, 0, 1, []byte{0, 0, 0, 1, 0, 1})),
		"an unknown method":         with(frame(1, endHeaders|endStream, 1, call("/a.B/C"))),
		"no path":                   with(frame(1, endHeaders|endStream, 1, call(""))),
		"ten thousand calls, reset": with(manyResets(10_000)),
		"settings without end":      with(bytes.Repeat(frame(4, 0, 0, []byte{0, 4, 0, 0, 0, 0}), 5000)),
		"pings without end":         with(bytes.Repeat(frame(6, 0, 0, make([]byte, 8)), 5000)),
	}
}

// manyResets are calls that are given up as soon as they are made.
func manyResets(count int) (out []byte) {
	for n := range count {
		stream := uint32(2*n + 1)
		out = append(out, frame(1, 4, stream, call(describe))...)
		out = append(out, frame(3, 0, stream, []byte{0, 0, 0, 8})...)
	}
	return out
}

// Whatever comes in at the port, its connection ends and no other one notices.
func TestGarbage(t *testing.T) {
	s := start(t)
	c := dial(t, client.Options{HostPort: s.GRPCAddr()})
	queue := gatherer(t, c)
	for name, bytes := range garbage() {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", s.GRPCAddr())
			require.NoError(t, err)
			defer conn.Close()
			deadline, _ := within(t).Deadline()
			require.NoError(t, conn.SetDeadline(deadline))
			go func() {
				_, _ = conn.Write(bytes) // the server may have had enough
				_ = conn.(*net.TCPConn).CloseWrite()
			}()
			_, err = io.Copy(io.Discard, conn) // ends when the server has closed it
			var late net.Error
			if errors.As(err, &late) {
				require.False(t, late.Timeout(), "the server keeps the connection")
			}
			run := begin(t, c, queue, gathering, 1)
			require.NoError(t, c.SignalWorkflow(within(t), run.GetID(), "", "n", 0))
			require.Equal(t, []int{0}, resultOf[[]int](t, run))
		})
	}
}
