package call

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/internal/natstest"
)

// ask sends a request to a subject whose answer is its own body.
func (f *fixture) ask(ctx context.Context, body string) (string, error) {
	answer, err := f.caller.mux.request(ctx, nil, "echo", []byte(body), 10*time.Second)
	if err != nil {
		return "", err
	}
	return string(answer.Data), nil
}

// subjects are those of the slots, free or not.
func (f *fixture) subjects() []string {
	f.caller.mux.mu.Lock()
	defer f.caller.mux.mu.Unlock()
	var subjects []string
	for _, s := range f.caller.mux.slots {
		subjects = append(subjects, s.subject)
	}
	return subjects
}

func (f *fixture) subscribe(handle nats.MsgHandler) {
	_, err := f.conn.Subscribe("echo", handle)
	require.NoError(f.t, err)
}

func TestSlotsAreUsedAgain(t *testing.T) {
	f := newFixture(t)
	f.subscribe(func(m *nats.Msg) { _ = m.Respond(m.Data) })
	var first []string
	for i := range 100 {
		got, err := f.ask(within(t), fmt.Sprint(i))
		require.NoError(t, err)
		require.Equal(t, fmt.Sprint(i), got)
		if i == 0 {
			first = f.subjects()
		}
	}
	require.Len(t, first, 1)
	require.Equal(t, first, f.subjects())
}

// TestALateAnswerReachesNobody answers each request that was given up while the next one waits.
func TestALateAnswerReachesNobody(t *testing.T) {
	f := newFixture(t)
	received := make(chan *nats.Msg, 1)
	f.subscribe(func(m *nats.Msg) { received <- m })
	var late *nats.Msg
	for range 10 {
		ctx, cancel := context.WithCancel(within(t))
		done := make(chan error, 1)
		go func() {
			_, err := f.ask(ctx, "given up")
			done <- err
		}()
		given := <-received
		if late != nil {
			require.NoError(t, late.Respond([]byte("late")))
			require.NoError(t, f.conn.Flush())
		}
		cancel()
		require.ErrorIs(t, <-done, context.Canceled)
		late = given
	}
	require.Len(t, f.subjects(), 1, "its subject is another each time")
}

func TestASecondAnswerReachesNobody(t *testing.T) {
	f := newFixture(t)
	f.subscribe(func(m *nats.Msg) {
		_ = m.Respond(m.Data)
		_ = m.Respond([]byte("second"))
	})
	_, err := f.ask(within(t), "first")
	require.NoError(t, err)
	require.Eventually(t, func() bool { return f.subjects()[0] == f.caller.mux.prefix+"0-2" }, 10*time.Second, time.Millisecond)
}

func TestNothingButAnswersIsDelivered(t *testing.T) {
	f := newFixture(t)
	f.subscribe(func(m *nats.Msg) { _ = m.Respond(m.Data) })
	_, err := f.ask(within(t), "so that there is a slot")
	require.NoError(t, err)
	before := f.subjects()
	for _, token := range []string{"0", "-", "0-", "-1-1", "1-1", "0-0", "0-01", "00-1", "x-1", "99999999999999999999-1"} {
		f.caller.mux.deliver(&nats.Msg{Subject: f.caller.mux.prefix + token})
	}
	require.Equal(t, before, f.subjects())
}

// TestManyAtOnce has requests answered in any order, late or in time, and given up or not.
func TestManyAtOnce(t *testing.T) {
	f := newFixture(t)
	var held []*nats.Msg // of the subscription's goroutine
	f.subscribe(func(m *nats.Msg) {
		if held = append(held, m); len(held) < 16 {
			return
		}
		for _, i := range []int{15, 3, 0, 7, 9, 1, 12, 2} { // the other half is late
			_ = held[i].Respond(held[i].Data)
		}
		held = append(held[4:7:7], held[8], held[10], held[11], held[13], held[14])
	})
	var wg sync.WaitGroup
	for n := range 32 {
		wg.Go(func() {
			for i := range 100 {
				body := fmt.Sprintf("%d-%d", n, i)
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(1+n%4)*time.Millisecond)
				if got, err := f.ask(ctx, body); err == nil && got != body {
					t.Errorf("the answer to %s is that to %s", body, got)
				}
				cancel()
			}
		})
	}
	wg.Wait()
	require.LessOrEqual(t, len(f.subjects()), 32)
	require.Len(t, f.caller.mux.free, len(f.subjects()))
}

// TestARequestThatCannotBeSent has requests that are too large among others, which are sent with them.
func TestARequestThatCannotBeSent(t *testing.T) {
	f := newFixture(t)
	f.subscribe(func(m *nats.Msg) { _ = m.Respond(m.Data) })
	large := strings.Repeat("x", int(f.conn.MaxPayload())+1)
	var wg sync.WaitGroup
	for n := range 32 {
		wg.Go(func() {
			for i := range 20 {
				body := fmt.Sprintf("%d-%d", n, i)
				if got, err := f.ask(t.Context(), body); err != nil || got != body {
					t.Errorf("the answer to %s is %s, %v", body, got, err)
				}
				if n%8 == 0 {
					if _, err := f.ask(t.Context(), large); !errors.Is(err, nats.ErrMaxPayload) {
						t.Errorf("a request that is too large: %v", err)
					}
				}
			}
		})
	}
	wg.Wait()
}

func TestCallsOfAClosedCallerEnd(t *testing.T) {
	f := newFixture(t)
	asked := make(chan struct{}, 1)
	f.serve(func(int32, *nats.Msg) error { asked <- struct{}{}; return nil })
	done := make(chan error, 1)
	go func() { done <- f.describe(within(t)) }()
	<-asked
	f.caller.Close()
	require.ErrorIs(t, <-done, nats.ErrConnectionClosed)
	require.ErrorIs(t, f.describe(within(t)), nats.ErrConnectionClosed)
}

// accounts is a service in an account of its own, and clients in another that may
// use one inbox prefix only.
const accounts = `
accounts {
  service { users: [{user: service, password: p}], exports: [{service: "perdure.api.>"}] }
  shop {
    users: [{user: client, password: p, permissions: {
      publish: ["perdure.api.>"]
      subscribe: ["_INBOX_client.>"]
    }}]
    imports: [{service: {account: service, subject: "perdure.api.>"}}]
  }
}`

func TestBetweenAccountsAndWithAnInboxPrefix(t *testing.T) {
	f := &fixture{t: t, server: natstest.Start(t, natstest.Configured(t, accounts))}
	var err error
	f.conn, err = nats.Connect(f.server.ClientURL(), nats.UserInfo("service", "p"))
	require.NoError(t, err)
	f.serve(func(_ int32, m *nats.Msg) error { respond(t, m); return nil })
	require.NoError(t, f.conn.Flush())
	client, err := nats.Connect(f.server.ClientURL(), nats.UserInfo("client", "p"), nats.CustomInboxPrefix("_INBOX_client"))
	require.NoError(t, err)
	f.connect(client)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if err := f.describe(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	require.LessOrEqual(t, len(f.subjects()), 8)
	require.EqualValues(t, 400, f.calls.Load(), "no answer was lost")
}
