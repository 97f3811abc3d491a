package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/runtime"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
	"github.com/perdure/perdure/sdk/workflowtest"
)

func TestMain(m *testing.M) { natstest.VerifyTestMain(m) }

func TestRun(t *testing.T) {
	server, err := runtime.Start(t.Context(), runtime.Config{DataDir: natstest.Dir(t), Listen: "127.0.0.1:0", SyncInterval: time.Minute})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.Background())) })

	var out bytes.Buffer
	require.NoError(t, run(t.Context(), server.URL(), &out, show))
	require.Equal(t, strings.TrimPrefix(`
Opened with 1000 cents.
With the transfer 1500 cents.
Refused: InsufficientFunds: 2000 cents are more than the 1500 there are.
Paid out 300 cents, and 1200 are left.
Closed with 1200 cents.
`, "\n"), out.String())

	interrupted, interrupt := context.WithCancel(t.Context())
	interrupt()
	out.Reset()
	require.NoError(t, run(interrupted, server.URL(), &out, serve))
	require.Equal(t, "The worker takes tasks of queue accounts until interrupted\n", out.String())
}

// Without a server: what the account answers, over a week of virtual time.
func TestAccount(t *testing.T) {
	env := workflowtest.New(t, workflowtest.Options{}, Account.Implement(account))
	var paid, refused, nothing workflowtest.UpdateHandle[Amount]
	env.After(24*time.Hour, func() { paid = workflowtest.Update(env, "", Withdraw, Amount{70}) })
	env.After(48*time.Hour, func() {
		refused = workflowtest.Update(env, "", Withdraw, Amount{70})
		nothing = workflowtest.Update(env, "", Deposit, Amount{})
	})
	env.After(7*24*time.Hour, func() { workflowtest.Update(env, "", Close, workflow.None{}) })
	left, err := workflowtest.Execute(env, Account, Amount{100})
	require.NoError(t, err)
	require.Equal(t, Amount{30}, left)
	balance, err := paid.Get()
	require.NoError(t, err)
	require.Equal(t, Amount{30}, balance)
	for kind, handle := range map[string]workflowtest.UpdateHandle[Amount]{"InsufficientFunds": refused, "BadAmount": nothing} {
		_, err := handle.Get()
		var failed *failure.ApplicationError
		require.ErrorAs(t, err, &failed)
		require.Equal(t, kind, failed.Type())
	}
}
