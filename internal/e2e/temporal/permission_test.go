package temporal

import (
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"github.com/perdure/perdure/internal/connect"
	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/runtime"
	"github.com/perdure/perdure/sdk/temporalnats"
)

// With the lists of docs/PERMISSIONS.md the door works, and Temporal's SDK over NATS; nothing is refused.
func TestPermissions(t *testing.T) {
	document, err := os.ReadFile("../../../docs/PERMISSIONS.md")
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(document), "```conf\n# nats.conf: Temporal's clients\n")
	require.True(t, found)
	block, _, _ := strings.Cut(rest, "\n```")
	n := natstest.Start(t, natstest.Configured(t, block))
	violations := &complaints{}
	s := start(t, func(config *runtime.Config) {
		config.Logger = zerolog.New(violations)
		config.External, config.DataDir, config.Listen, config.SyncInterval = true, "", "", 0
		config.Connection = connect.Settings{URL: n.ClientURL(), User: "perdure", Password: "perdure's", InboxPrefix: "_INBOX.perdure"}
		config.Namespaces = []string{"shop"}
	})

	conn, err := nats.Connect(n.ClientURL(), nats.UserInfo("temporal", "temporal's"), nats.CustomInboxPrefix("_INBOX.temporal"),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			_, _ = violations.Write([]byte(err.Error()))
		}))
	require.NoError(t, err)
	defer conn.Close()
	over, err := temporalnats.New(temporalnats.Config{Conn: conn})
	require.NoError(t, err)
	defer over.Close()

	for name, options := range map[string]client.Options{
		"grpc": {HostPort: s.GRPCAddr()},
		"nats": {HostPort: "passthrough:///nats", ConnectionOptions: client.ConnectionOptions{DialOptions: over.DialOptions()}},
	} {
		options.Namespace = "shop"
		c := dial(t, options)
		w := workerOf(t, c, "checkout", worker.Options{}, func(w worker.Worker) { w.RegisterWorkflow(counting) })
		run, err := c.ExecuteWorkflow(within(t), client.StartWorkflowOptions{ID: "permitted-" + name, TaskQueue: "checkout", WorkflowTaskTimeout: time.Second}, counting)
		require.NoError(t, err)
		count(t, c, run.GetID(), 0)
		require.NoError(t, c.SignalWorkflow(within(t), run.GetID(), "", "more", true))
		require.NoError(t, run.Get(within(t), nil))
		count(t, c, run.GetID(), 1) // of a run that no worker need have
		w.Stop()
	}
	require.Empty(t, violations.all())
}

// complaints are lines of a log that speak of permissions.
type complaints struct {
	mu    sync.Mutex
	lines []string
}

func (c *complaints) Write(line []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if strings.Contains(strings.ToLower(string(line)), "permission") {
		c.lines = append(c.lines, string(line))
	}
	return len(line), nil
}

func (c *complaints) all() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lines
}

// count asks a run of counting.
func count(t *testing.T, c client.Client, id string, want int) {
	t.Helper()
	value, err := c.QueryWorkflow(within(t), id, "", "count")
	require.NoError(t, err)
	var got int
	require.NoError(t, value.Get(&got))
	require.Equal(t, want, got)
}
