package runtime

import (
	"bytes"
	"context"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/internal/natstest"
)

func embed(t *testing.T, dir string) *embedded {
	t.Helper()
	e, err := startEmbedded(t.Context(), Config{DataDir: dir, Listen: "127.0.0.1:0"})
	require.NoError(t, err)
	return e
}

func TestDataOutlivesTheEmbeddedServer(t *testing.T) {
	dir := natstest.Dir(t)
	first := embed(t, dir)
	js := connectTo(t, first)
	_, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "KEPT", Subjects: []string{"kept"}})
	require.NoError(t, err)
	_, err = js.Publish(t.Context(), "kept", []byte("x"))
	require.NoError(t, err)
	js.Conn().Close()
	require.NoError(t, first.stop())

	second := embed(t, dir)
	js = connectTo(t, second)
	stream, err := js.Stream(t.Context(), "KEPT")
	require.NoError(t, err)
	require.Equal(t, uint64(1), stream.CachedInfo().State.Msgs)
	js.Conn().Close()
	require.NoError(t, second.stop())
}

func connectTo(t *testing.T, e *embedded) jetstream.JetStream {
	t.Helper()
	conn, err := nats.Connect("", e.inProcess())
	require.NoError(t, err)
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	return js
}

func TestOneServerPerFolder(t *testing.T) {
	dir := natstest.Dir(t)
	first := embed(t, dir)
	_, err := startEmbedded(t.Context(), Config{DataDir: dir, Listen: "127.0.0.1:0"})
	require.ErrorIs(t, err, ErrFolderInUse)
	require.ErrorContains(t, err, "process "+strconv.Itoa(os.Getpid()))
	require.ErrorContains(t, err, "--data-dir")
	require.NoError(t, first.stop())
	require.NoError(t, embed(t, dir).stop(), "released with the first")
}

func TestAPortThatANATSServerHas(t *testing.T) {
	first := embed(t, natstest.Dir(t))
	dir := natstest.Dir(t)
	address := first.nats.Addr().String()
	_, err := startEmbedded(t.Context(), Config{DataDir: dir, Listen: address})
	require.ErrorIs(t, err, ErrPortTaken)
	require.ErrorContains(t, err, "a NATS server")
	require.ErrorContains(t, err, "--nats-url nats://"+address)
	require.NoError(t, first.stop())
	require.NoError(t, embed(t, dir).stop(), "the failed start let the folder go")
}

func TestAPortThatAnotherProgramHas(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan struct{})
	go func() {
		defer close(served)
		if conn, err := listener.Accept(); err == nil {
			_, _ = conn.Write([]byte("220 mail.example ESMTP\r\n"))
			_ = conn.Close()
		}
	}()
	_, err = startEmbedded(t.Context(), Config{DataDir: natstest.Dir(t), Listen: listener.Addr().String()})
	require.ErrorIs(t, err, ErrPortTaken)
	require.ErrorContains(t, err, "by another program")
	require.NoError(t, listener.Close())
	<-served
}

func TestAFolderThatCannotBe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := startEmbedded(t.Context(), Config{DataDir: filepath.Join(file, "data"), Listen: "127.0.0.1:0"})
	require.ErrorContains(t, err, "choose another with --data-dir")
}

func TestAStoreThatJetStreamRefuses(t *testing.T) {
	dir := natstest.Dir(t)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "jetstream"), nil, 0o600))
	_, err := startEmbedded(t.Context(), Config{DataDir: dir, Listen: "127.0.0.1:0"})
	require.ErrorContains(t, err, "JetStream")
	require.ErrorContains(t, err, dir)
}

func TestAStartThatIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := natstest.Dir(t)
	_, err := startEmbedded(ctx, Config{DataDir: dir, Listen: "127.0.0.1:0"})
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, embed(t, dir).stop(), "it has left the folder")
}

func TestADiskThatIsFull(t *testing.T) {
	natsLog := newServerLog(Config{}.Logger)
	natsLog.Fatalf("Can't start JetStream: %v", "write /d/x: no space left on device")
	require.ErrorContains(t, natsLog.failure("/d"), "the disk is full")
	require.ErrorContains(t, natsLog.failure("/d"), "free some space")
}

// nats-server goes on when it cannot write; its log says what to do about that.
func TestTheLogOfAFullDisk(t *testing.T) {
	var out bytes.Buffer
	log := newServerLog(zerolog.New(&out))
	log.Errorf("a stream: %v", &fs.PathError{Op: "write", Path: "1.blk", Err: syscall.EIO})
	require.NotContains(t, out.String(), "free some space")
	for range 3 {
		log.Errorf("a stream: %v", &fs.PathError{Op: "write", Path: "1.blk", Err: syscall.ENOSPC})
	}
	require.Equal(t, 1, strings.Count(out.String(), "free some space and start again"))
}
