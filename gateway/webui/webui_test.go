package webui

import (
	"context"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStopEndsWhatWaits(t *testing.T) {
	d := door{waiting: make(chan struct{})}
	u := startUI(t, d)
	answered := follow(u)
	<-d.waiting
	require.NoError(t, u.Stop(within(t)))
	got := <-answered
	require.NoError(t, got.err)
	require.NotEqual(t, http.StatusOK, got.status)
	require.NoError(t, u.Stop(within(t)), "a second stop")
	_, err := net.Dial("tcp", u.config.Listener.Addr().String())
	require.Error(t, err, "nobody listens any more")
}

func TestStopCutsWhenItMayNotWait(t *testing.T) {
	d := door{waiting: make(chan struct{})}
	u, err := New(Config{Listener: listen(t), Service: startDoor(t, d)})
	require.NoError(t, err)
	require.NoError(t, u.Start(t.Context()))
	answered := follow(u)
	<-d.waiting
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if err := u.Stop(ended); err != nil { // the request may have ended before it was cut
		require.ErrorIs(t, err, context.Canceled)
	}
	<-answered
}

type answer struct {
	status int
	err    error
}

// follow waits for a workflow's next event, which does not come.
func follow(u *UI) <-chan answer {
	answered := make(chan answer)
	go func() {
		transport := &http.Transport{DisableKeepAlives: true}
		reply, err := (&http.Client{Transport: transport}).Get(u.URL() + "/api/v1/namespaces/default/workflows/order-1/history?waitNewEvent=true")
		if err != nil {
			answered <- answer{err: err}
			return
		}
		answered <- answer{reply.StatusCode, reply.Body.Close()}
	}()
	return answered
}

func TestStopBeforeStart(t *testing.T) {
	u, err := New(Config{Listener: listen(t), Service: away{}})
	require.NoError(t, err)
	require.NoError(t, u.Stop(within(t)))
	require.NoError(t, u.Stop(within(t)))
	_, err = net.Dial("tcp", u.config.Listener.Addr().String())
	require.Error(t, err)
}

func TestStartTwice(t *testing.T) {
	require.Error(t, startUI(t, door{}).Start(t.Context()))
}

func TestConfigIsChecked(t *testing.T) {
	_, err := New(Config{})
	require.ErrorContains(t, err, "webui")
}

func TestURLOfEveryAddress(t *testing.T) {
	for address, want := range map[string]string{
		"0.0.0.0:8233": "http://localhost:8233", "[::]:8233": "http://localhost:8233",
		"127.0.0.1:8233": "http://127.0.0.1:8233", "[::1]:8233": "http://[::1]:8233",
	} {
		tcp, err := net.ResolveTCPAddr("tcp", address)
		require.NoError(t, err)
		require.Equal(t, want, (&UI{config: Config{Listener: bound{tcp}}}).URL())
	}
}

// bound is a listener of which only the address counts.
type bound struct{ address net.Addr }

func (b bound) Addr() net.Addr          { return b.address }
func (bound) Accept() (net.Conn, error) { return nil, net.ErrClosed }
func (bound) Close() error              { return nil }
