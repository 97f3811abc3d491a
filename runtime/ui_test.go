package runtime

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/perdure/perdure/internal/logtest"
	"github.com/perdure/perdure/internal/natstest"
)

// page is what a browser gets.
func page(t *testing.T, url string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	reply, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(request)
	require.NoError(t, err)
	defer reply.Body.Close()
	body, err := io.ReadAll(reply.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, reply.StatusCode, "%s", body)
	return string(body)
}

// freeDoors is an embedded server with all doors at ports that are free.
func freeDoors(t *testing.T) Config {
	t.Helper()
	return Config{
		DataDir: natstest.Dir(t), Listen: "127.0.0.1:0",
		GRPC: GRPC{Listen: "127.0.0.1:0"}, UI: UI{Listen: "127.0.0.1:0"},
	}
}

func TestTheDoorsBesideNATS(t *testing.T) {
	s := begin(t, freeDoors(t))
	require.Contains(t, page(t, s.UIURL()+"/api/v1/namespaces/default"), `"name": "default"`)
	require.Contains(t, page(t, s.UIURL()), "<html")
	runOne(t, employ(t, s.URL(), plusOne), "w")
	history := page(t, s.UIURL()+"/api/v1/namespaces/default/workflows/w/history")
	require.Contains(t, history, "EVENT_TYPE_WORKFLOW_EXECUTION_STARTED", "the events of an open or recently closed run are there")
	require.Contains(t, history, "EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED")

	conn, err := grpc.NewClient(s.GRPCAddr(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	defer conn.Close()
	described, err := workflowservice.NewWorkflowServiceClient(conn).DescribeNamespace(t.Context(), &workflowservice.DescribeNamespaceRequest{Namespace: "default"})
	require.NoError(t, err)
	require.Equal(t, "default", described.GetNamespaceInfo().GetName())

	require.NoError(t, s.Stop(context.Background()))
	for _, address := range []string{s.GRPCAddr(), s.UIURL()[len("http://"):]} {
		_, err := net.Dial("tcp", address)
		require.Error(t, err, "a stopped server listens no more")
	}
}

// The Web UI calls the service in its own process.
func TestTheWebUIWithoutGRPC(t *testing.T) {
	config := freeDoors(t)
	config.GRPC = GRPC{}
	s := begin(t, config)
	require.Empty(t, s.GRPCAddr())
	require.Contains(t, page(t, s.UIURL()+"/api/v1/namespaces/default"), `"name": "default"`)
}

// An address that was asked for and is taken ends the start; one that is there by default does not.
func TestADoorThatIsTaken(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	address := taken.Addr().String()
	for flag, set := range map[string]func(*Config, bool){
		"--grpc-listen":    func(c *Config, optional bool) { c.GRPC = GRPC{Listen: address, Optional: optional} },
		"--ui-listen":      func(c *Config, optional bool) { c.UI = UI{Listen: address, Optional: optional} },
		"--metrics-listen": func(c *Config, optional bool) { c.Metrics = Metrics{Listen: address, Optional: optional} },
	} {
		config := freeDoors(t)
		set(&config, false)
		_, err := Start(t.Context(), config)
		require.ErrorIs(t, err, ErrPortTaken, flag)
		require.ErrorContains(t, err, flag)
		require.ErrorContains(t, err, address)

		log := &logtest.Lines{}
		config.Logger = zerolog.New(log)
		set(&config, true)
		s := begin(t, config)
		require.Contains(t, log.String(), flag)
		require.Contains(t, log.String(), "another program listens at "+address)
		require.Empty(t, map[string]string{"--grpc-listen": s.GRPCAddr(), "--ui-listen": s.UIURL(), "--metrics-listen": s.MetricsAddr()}[flag])
		require.False(t, s.GRPCAddr() == "" && s.UIURL() == "", "the others are served")
	}
}

func TestAddressesOfDoorsAreChecked(t *testing.T) {
	for flag, config := range map[string]Config{
		"--grpc-listen":    {GRPC: GRPC{Listen: "nowhere"}},
		"--ui-listen":      {UI: UI{Listen: "127.0.0.1:99999"}},
		"--metrics-listen": {Metrics: Metrics{Listen: ":"}},
		"--ui-host":        {UI: UI{Hosts: []string{"https://workflows.example"}}},
	} {
		require.ErrorContains(t, config.Validate(), flag)
	}
	_, err := Start(t.Context(), Config{DataDir: natstest.Dir(t), Listen: "127.0.0.1:0", UI: UI{Listen: "192.0.2.1:8233"}})
	require.ErrorContains(t, err, "--ui-listen")
	require.NotErrorIs(t, err, ErrPortTaken)
}

// A name that the server was not told is refused.
func TestHostsOfTheWebUI(t *testing.T) {
	config := freeDoors(t)
	config.UI.Listen, config.UI.Hosts = "localhost:0", []string{"workflows.example"}
	s := begin(t, config)
	status := func(host string) int {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.UIURL(), nil)
		require.NoError(t, err)
		request.Host = host
		reply, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(request)
		require.NoError(t, err)
		require.NoError(t, reply.Body.Close())
		return reply.StatusCode
	}
	require.Equal(t, http.StatusOK, status("workflows.example"))
	require.Equal(t, http.StatusForbidden, status("elsewhere.example:8233"))

	require.Equal(t, []string{"a", "b", "ui.example"}, UI{Listen: "ui.example:8233", Hosts: []string{"a", "b"}}.names())
	require.Empty(t, UI{Listen: ":8233"}.names())
}

func TestTheNamespaceThatIsShownFirst(t *testing.T) {
	require.Equal(t, "default", Config{Namespaces: []string{"shop"}}.firstNamespace())
	require.Equal(t, "shop", Config{External: true, Namespaces: []string{"shop", "till"}}.firstNamespace())
	require.Equal(t, "default", Config{External: true}.firstNamespace())
}
