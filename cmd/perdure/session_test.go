package main

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/internal/connect"
	"github.com/perdure/perdure/internal/natstest"
)

// Credentials that NATS refuses end a command at once, with JSON and nothing else where the output is JSON.
func TestWhatNATSRefuses(t *testing.T) {
	server := natstest.Start(t, natstest.Configured(t, `
authorization { users: [
  {user: deaf, password: p, permissions: {publish: ["perdure.>"], subscribe: ["_INBOX_deaf.>"]}}
  {user: mute, password: p, permissions: {publish: ["other.>"], subscribe: ["_INBOX.>"]}}
  {user: service, password: p}
]}`))
	service, err := nats.Connect(server.ClientURL(), nats.UserInfo("service", "p"))
	require.NoError(t, err)
	defer service.Close()
	_, err = service.Subscribe("perdure.>", func(*nats.Msg) {}) // so that somebody is there, who does not answer
	require.NoError(t, err)
	require.NoError(t, service.Flush())
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for user, text := range map[string]string{"deaf": "--inbox-prefix", "mute": "perdure.api.default.DescribeWorkflowExecution"} {
		got := perdure(ctx, "", "workflow", "describe", "--workflow-id", "w", "--nats-url", server.ClientURL(), "--user", user, "--password", "p",
			"--output", "json", "--command-timeout", "1h")
		require.Equal(t, exitFailure, got.code)
		var failure struct{ Error, Code string }
		require.NoError(t, json.Unmarshal([]byte(got.err), &failure), "%s", got.err)
		require.Equal(t, "PERMISSION_DENIED", failure.Code)
		require.Contains(t, failure.Error, text)
	}
	// Who may list workflows and not ask what search attributes there are has the columns as they are named.
	g := &global{Prefix: api.DefaultPrefix, Namespace: "default", Timeout: duration(time.Hour), Connect: connect.Settings{URL: server.ClientURL(), User: "mute", Password: "p"}}
	require.NoError(t, g.knowFields(ctx, []string{"WorkflowId", "Customer"}))
}
