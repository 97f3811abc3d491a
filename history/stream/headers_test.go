package stream

import (
	"fmt"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/internal/natstest"
)

func TestHeadersOfAllThatIsThere(t *testing.T) {
	js := natstest.Start(t).Connect(t)
	config := jetstream.StreamConfig{Name: "S", Subjects: []string{"s.>"}, AllowDirect: true}
	_, err := Create(t.Context(), js, config)
	require.NoError(t, err)
	s, err := Open(t.Context(), js, config, Of(js, "S").Created())
	require.NoError(t, err)
	var got []string
	read := func() []string {
		got = nil
		require.NoError(t, s.Headers(t.Context(), func(m *Message) error {
			require.Empty(t, m.Data)
			got = append(got, m.Header.Get("N"))
			return nil
		}))
		return got
	}
	require.Empty(t, read())
	var want []string
	for n := range 1200 {
		_, err := js.PublishMsg(t.Context(), &nats.Msg{Subject: fmt.Sprint("s.", n), Data: []byte("body"), Header: nats.Header{"N": {fmt.Sprint(n)}}})
		require.NoError(t, err)
		if n%3 == 0 || n > 1150 {
			require.NoError(t, s.Delete(t.Context(), uint64(n+1)))
			continue
		}
		want = append(want, fmt.Sprint(n))
	}
	require.Equal(t, want, read())
	require.ErrorIs(t, s.Headers(t.Context(), func(*Message) error { return nats.ErrTimeout }), nats.ErrTimeout)
	require.NoError(t, js.DeleteStream(t.Context(), "S"))
	require.ErrorIs(t, s.Headers(t.Context(), nil), ErrMissing)
}
