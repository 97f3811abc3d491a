package main

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/examples/checkout/order"
	"github.com/perdure/perdure/examples/checkout/shop"
	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/runtime"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/worker"
)

func TestMain(m *testing.M) { natstest.VerifyTestMain(m) }

// startShop is a server with the worker of examples/checkout, and this service.
func startShop(t *testing.T) *nats.Conn {
	t.Helper()
	server, err := runtime.Start(t.Context(), runtime.Config{DataDir: natstest.Dir(t), Listen: "127.0.0.1:0", SyncInterval: time.Minute})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.Background())) })
	c, err := client.Connect(client.Options{URL: server.URL()})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	w, err := worker.New(c, order.TaskQueue, worker.Options{})
	require.NoError(t, err)
	shop.New(map[string]int{"tea": 3}).Register(w)
	require.NoError(t, w.Start())
	t.Cleanup(func() { require.NoError(t, w.Stop()) })

	conn, err := nats.Connect(server.URL())
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	s, err := serve(context.Background(), conn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.stop()) })
	return conn
}

func TestOrdersByPlainRequests(t *testing.T) {
	conn := startShop(t)
	for name, test := range map[string]struct{ order, body, code, text string }{
		"shipped":     {`{"id": "a", "items": [{"sku": "tea", "quantity": 1}], "total": 100}`, `{"order":"a","payment":"payment-a","tracking":"parcel-a"}`, "", ""},
		"declined":    {`{"id": "b", "items": [{"sku": "tea", "quantity": 1}], "card": "declined"}`, "", "422", "the bank refuses card declined"},
		"sold out":    {`{"id": "c", "items": [{"sku": "tea", "quantity": 9}]}`, "", "422", "9 of tea wanted"},
		"not JSON":    {`tea please`, "", "400", "send an order as JSON"},
		"without id":  {`{}`, "", "400", "with an id"},
		"not allowed": {`{"id": "` + string(make([]byte, 3)) + `"}`, "", "400", "send an order"},
	} {
		t.Run(name, func(t *testing.T) {
			answer, err := conn.Request(checkoutSubject, []byte(test.order), 10*time.Second)
			require.NoError(t, err)
			require.Equal(t, test.code, answer.Header.Get("Nats-Service-Error-Code"))
			require.Contains(t, answer.Header.Get("Nats-Service-Error"), test.text)
			if test.body != "" {
				require.JSONEq(t, test.body, string(answer.Data))
			}
		})
	}
}

func TestARefusedCallSaysWhy(t *testing.T) {
	conn := startShop(t)
	_, err := perdure{conn: conn, namespace: "nowhere"}.start(t.Context(), "Checkout", "checkout", "a", []byte("1"))
	require.ErrorContains(t, err, "NOT_FOUND")
	_, err = perdure{conn: conn, namespace: "default"}.start(t.Context(), "", "checkout", "a", []byte("1"))
	require.ErrorContains(t, err, "INVALID_ARGUMENT")
}

// A server that cannot answer now is asked again, by the same request.
func TestAnUnavailableServerIsAskedAgain(t *testing.T) {
	conn, err := nats.Connect(natstest.Start(t).ClientURL())
	require.NoError(t, err)
	t.Cleanup(conn.Close)

	var requests [][]byte
	_, err = conn.Subscribe("perdure.api.default.StartWorkflowExecution", func(m *nats.Msg) {
		requests = append(requests, m.Data)
		answer := nats.NewMsg(m.Reply)
		answer.Data = []byte(`{"runId": "r"}`)
		if len(requests) < 3 {
			answer.Header.Set("Nats-Service-Error-Code", "UNAVAILABLE")
			answer.Header.Set("Nats-Service-Error", "the shard recovers")
		}
		if err := m.RespondMsg(answer); err != nil {
			t.Error(err)
		}
	})
	require.NoError(t, err)
	run, err := perdure{conn: conn, namespace: "default"}.start(t.Context(), "Checkout", "tills", "a", []byte("1"))
	require.NoError(t, err)
	require.Equal(t, "r", run)
	require.Len(t, requests, 3)
	require.Regexp(t, `"requestId":"\w{20,}"`, string(requests[0]))
	require.Equal(t, requests[0], requests[1])
	require.Equal(t, requests[0], requests[2])
}
