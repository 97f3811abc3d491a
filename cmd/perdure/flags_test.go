package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
)

// parsed is a workflow start's request as the command line gives it.
func startRequest(t *testing.T, args ...string) (*workflowStart, *global) {
	t.Helper()
	g := &global{Namespace: "shop", io: streams{in: strings.NewReader(`{"from":"stdin"}`)}}
	o := &workflowStart{}
	c := &cobra.Command{}
	o.register(c.Flags())
	require.NoError(t, c.ParseFlags(args))
	return o, g
}

func TestStartFlags(t *testing.T) {
	file := filepath.Join(t.TempDir(), "in.json")
	require.NoError(t, os.WriteFile(file, []byte(`[1]`), 0o600))
	o, g := startRequest(t, "--type", "Checkout", "-t", "checkout", "-w", "order-1", "-i", `{"a":1}`, "-i", `"b"`,
		"--execution-timeout", "2d", "--run-timeout", "1h", "--task-timeout", "5s", "--start-delay", "90s", "--cron", "@daily",
		"--id-reuse-policy", "RejectDuplicate", "--id-conflict-policy", "UseExisting",
		"--memo", `shop="north"`, "--search-attribute", `total=25`, "--static-summary", "an order",
		"--retry-initial-interval", "1s", "--retry-maximum-attempts", "3", "--retry-backoff-coefficient", "1.5",
		"--retry-maximum-interval", "10s", "--retry-non-retryable-error-type", "Fatal,Worse")
	r, err := o.request(g)
	require.NoError(t, err)
	require.NotEmpty(t, r.RequestId)
	require.NotEmpty(t, r.Identity)
	require.Equal(t, []string{"shop", "order-1", "Checkout", "checkout"}, []string{r.Namespace, r.WorkflowId, r.WorkflowType.Name, r.TaskQueue.Name})
	require.Len(t, r.Input.Payloads, 2)
	require.JSONEq(t, `{"a":1}`, string(r.Input.Payloads[0].Data))
	for want, got := range map[time.Duration]*durationpb.Duration{
		48 * time.Hour: r.WorkflowExecutionTimeout, time.Hour: r.WorkflowRunTimeout, 5 * time.Second: r.WorkflowTaskTimeout, 90 * time.Second: r.WorkflowStartDelay,
	} {
		require.Equal(t, want, got.AsDuration())
	}
	require.Equal(t, "@daily", r.CronSchedule)
	require.Equal(t, enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE, r.WorkflowIdReusePolicy)
	require.Equal(t, enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING, r.WorkflowIdConflictPolicy)
	require.Equal(t, `"north"`, string(r.Memo.Fields["shop"].Data))
	require.Equal(t, `25`, string(r.SearchAttributes.IndexedFields["total"].Data))
	require.Equal(t, `"an order"`, string(r.UserMetadata.Summary.Data))
	require.Nil(t, r.UserMetadata.Details)
	require.Equal(t, int32(3), r.RetryPolicy.MaximumAttempts)
	require.Equal(t, []string{"Fatal", "Worse"}, r.RetryPolicy.NonRetryableErrorTypes)

	o, g = startRequest(t, "--type", "T", "-t", "q", "--input-file", file, "--input-file", "-")
	r, err = o.request(g)
	require.NoError(t, err)
	require.NotEmpty(t, r.WorkflowId, "a random one")
	require.Equal(t, `[1]`, string(r.Input.Payloads[0].Data))
	require.JSONEq(t, `{"from":"stdin"}`, string(r.Input.Payloads[1].Data))
	for _, absent := range []proto.Message{r.RetryPolicy, r.Memo, r.SearchAttributes, r.UserMetadata, r.WorkflowRunTimeout} {
		require.False(t, absent.ProtoReflect().IsValid(), "not given, not sent")
	}
}

func TestRequestsOfOtherCommands(t *testing.T) {
	g := &global{Namespace: "shop", io: streams{in: strings.NewReader("")}}
	for name, test := range map[string]struct {
		args    []string
		request func(*cobra.Command) func() (proto.Message, error)
		want    string
	}{
		"signal": {
			[]string{"-w", "w", "-r", "r", "--name", "approve", "-i", "true"},
			func(c *cobra.Command) func() (proto.Message, error) {
				o := &workflowSignal{}
				o.registerAll(c.Flags())
				return func() (proto.Message, error) { return o.request(g) }
			},
			`namespace:"shop" workflow_execution:{workflow_id:"w" run_id:"r"} signal_name:"approve" input:{payloads:{metadata:{key:"encoding" value:"json/plain"} data:"true"}}`,
		},
		"query": {
			[]string{"-w", "w", "--type", "status", "--reject-condition", "NotOpen"},
			func(c *cobra.Command) func() (proto.Message, error) {
				o := &workflowQuery{}
				o.registerAll(c.Flags())
				return func() (proto.Message, error) { return o.request(g) }
			},
			`namespace:"shop" execution:{workflow_id:"w"} query:{query_type:"status"} query_reject_condition:QUERY_REJECT_CONDITION_NOT_OPEN`,
		},
		"cancel": {
			[]string{"-w", "w", "--reason", "why"},
			func(c *cobra.Command) func() (proto.Message, error) {
				o := &intervention{}
				o.registerAll(c.Flags())
				return func() (proto.Message, error) { return o.cancelRequest(g), nil }
			},
			`namespace:"shop" workflow_execution:{workflow_id:"w"} reason:"why"`,
		},
		"terminate": {
			[]string{"-w", "w", "-r", "r", "--reason", "why"},
			func(c *cobra.Command) func() (proto.Message, error) {
				o := &intervention{}
				o.registerAll(c.Flags())
				return func() (proto.Message, error) { return o.terminateRequest(g), nil }
			},
			`namespace:"shop" workflow_execution:{workflow_id:"w" run_id:"r"} reason:"why"`,
		},
		"namespace": {
			[]string{"--retention", "30d", "--email", "a@b", "--data", "k=v"},
			func(c *cobra.Command) func() (proto.Message, error) {
				o := &namespaceCreate{}
				o.register(c.Flags())
				return func() (proto.Message, error) { return o.request("shop"), nil }
			},
			`namespace:"shop" owner_email:"a@b" workflow_execution_retention_period:{seconds:2592000} data:{key:"k" value:"v"}`,
		},
		"update of a namespace": {
			[]string{"--retention", "30d", "--email", "a@b", "--data", "k=v"},
			func(c *cobra.Command) func() (proto.Message, error) {
				o := &namespaceUpdate{}
				o.register(c.Flags())
				return func() (proto.Message, error) { return o.request("shop"), nil }
			},
			`namespace:"shop" update_info:{owner_email:"a@b" data:{key:"k" value:"v"}} config:{workflow_execution_retention_ttl:{seconds:2592000}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := &cobra.Command{}
			request := test.request(c)
			require.NoError(t, c.ParseFlags(test.args))
			got, err := request()
			require.NoError(t, err)
			// What is made anew each time is not compared.
			for _, field := range []string{"identity", "request_id"} {
				if f := got.ProtoReflect().Descriptor().Fields().ByTextName(field); f != nil {
					got.ProtoReflect().Clear(f)
				}
			}
			want := got.ProtoReflect().New().Interface()
			require.NoError(t, prototext.Unmarshal([]byte(test.want), want))
			require.True(t, proto.Equal(want, got), "%v", got)
		})
	}
}

func TestCommandLinesThatAreNotUnderstood(t *testing.T) {
	start := []string{"workflow", "start", "--type", "T", "-t", "q"}
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"unknown command":    {[]string{"wrkflow"}, "wrkflow"},
		"unknown subcommand": {[]string{"workflow", "frobnicate"}, "frobnicate"},
		"unknown flag":       {append(start, "--nope"), "--nope"},
		"missing":            {[]string{"workflow", "start", "--type", "T"}, "--task-queue is missing"},
		"empty":              {[]string{"workflow", "show", "-w", ""}, "--workflow-id is missing"},
		"not JSON":           {append(start, "-i", "text"), `'"text"'`},
		"two inputs":         {append(start, "-i", "1", "--input-file", "-"), "give one kind"},
		"no file":            {append(start, "--input-file", "/nowhere"), "/nowhere"},
		"memo":               {append(start, "--memo", "x"), "KEY=VALUE"},
		"attribute":          {append(start, "--search-attribute", "x=y"), "not JSON"},
		"policy":             {append(start, "--id-reuse-policy", "Maybe"), "RejectDuplicate"},
		"duration":           {append(start, "--run-timeout", "-3s"), "90s, 2h30m or 7d"},
		"coefficient":        {append(start, "--retry-backoff-coefficient", "0.5"), "1 or more"},
		"output":             {append(start, "--output", "xml"), "use text, json or jsonl"},
		"namespace":          {append(start, "--namespace", "a b"), `namespace "a b"`},
		"prefix":             {append(start, "--prefix", "a.b"), "prefix"},
		"queue type":         {[]string{"task-queue", "describe", "-t", "q", "--task-queue-type", "x"}, "workflow or activity"},
		"no namespace named": {[]string{"namespace", "create"}, "give its name"},
		"nothing to update":  {[]string{"namespace", "update", "a"}, "nothing is to be changed"},
		"attribute's type":   {[]string{"search-attribute", "add", "--name", "A", "--type", "Keywort"}, "KeywordList"},
		"no type":            {[]string{"search-attribute", "add", "--name", "A"}, "--type is missing"},
		"fewer types":        {[]string{"search-attribute", "add", "--name", "A", "--name", "B", "--type", "Int"}, "a type for each name"},
		"two types":          {[]string{"search-attribute", "add", "--name", "A", "--name", "A", "--type", "Int", "--type", "Text"}, "twice"},
		"two namespaces":     {[]string{"namespace", "create", "a", "-n", "b"}, "name one"},
		"payload grace":      {[]string{"server", "--payload-grace", "9m"}, "--payload-grace 9m: use 10m or more"},
		"no payload grace":   {[]string{"server", "--payload-grace", "0s"}, "use 10m or more"},
		"stage":              {[]string{"workflow", "update-with-start", "--type", "T", "-t", "q", "-w", "w", "--update-name", "u", "--wait-for-stage", "Admitted"}, "use Accepted or Completed"},
		"log level":          {[]string{"server", "--log-level", "loud"}, "trace, debug"},
		"log format":         {[]string{"server", "--log-format", "xml"}, "text or json"},
		"sync":               {[]string{"server", "--sync-interval", "often"}, "always, or a duration such as 90s, 2h30m or 7d"},
		"inbox prefix":       {append(start, "--inbox-prefix", "foo.*"), "inbox prefix"},
		"domain":             {[]string{"server", "--js-domain", "a b"}, "JetStream domain"},
		"empty id":           {append(start, "-w", ""), "--workflow-id"},
		"mistyped":           {[]string{"workflow", "staart"}, "start"},
		"mistyped group":     {[]string{"workflo"}, "workflow"},
		"help of nothing":    {[]string{"help", "nonsense"}, "nonsense"},
		"help of a typo":     {[]string{"help", "workflow", "staart"}, "start"},
		"start timeout":      {[]string{"server", "--start-timeout", "soon"}, "90s, 2h30m or 7d"},
		"no time":            {append(start, "--command-timeout", "0"), "--command-timeout"},
		"less than no time":  {append(start, "--command-timeout", "-1s"), "90s, 2h30m or 7d"},
		"both kinds":         {[]string{"server", "--nats-url", "nats://a:1", "--data-dir", "d"}, "leave out"},
		"no shards":          {[]string{"server", "--shards", "0"}, "--shards 0: use a number from 1"},
		"certificate for no": {[]string{"server", "--nats-url", "nats://a:1", "--grpc-tls-key", "k", "--grpc-tls-cert", "c"}, "--grpc-tls-cert is given, but gRPC is not served: give --grpc-listen"},
		"authority for no":   {[]string{"server", "--grpc-listen", "off", "--grpc-tls-client-ca", "c"}, "--grpc-tls-client-ca is given, but gRPC is not served"},
		"certificate alone":  {[]string{"server", "--grpc-tls-cert", "c"}, "--grpc-tls-key is missing"},
		"authority alone":    {[]string{"server", "--grpc-tls-client-ca", "c"}, "--grpc-tls-cert is missing"},
		"no retention":       {[]string{"namespace", "update", "a", "--retention", "0"}, "--retention 0"},
		"Temporal's group":   {[]string{"operator", "namespace", "create", "a"}, "use `perdure namespace`"},
		"Temporal's flag":    {[]string{"schedule", "list", "--schedule-id", "a"}, "does not have it yet"},
		"Temporal's command": {[]string{"workflow", "start-update-with-start", "-w", "a"}, "use `perdure workflow update-with-start --wait-for-stage Accepted"},
		"help of Temporal's": {[]string{"help", "workflow", "update-options"}, "does not have it yet"},
		"unknown shell":      {[]string{"completion", "csh"}, `"csh" is no command of "perdure completion"`},
		"listen":             {[]string{"server", "--listen", "4222"}, "host:port"},
	} {
		t.Run(name, func(t *testing.T) {
			r := perdure(t.Context(), "", test.args...)
			require.Equal(t, exitUsage, r.code, r.err)
			require.Contains(t, r.err, test.want)
			require.Empty(t, r.out)
		})
	}
}

func TestHowDurationsAreWritten(t *testing.T) {
	for text, want := range map[string]string{"72h": "3d", "5m": "5m", "90s": "1m30s", "2h30m": "2h30m", "1h": "1h", "0": "0s", "36h": "36h", "10s": "10s", "250ms": "250ms", "2h5s": "2h0m5s"} {
		var d duration
		require.NoError(t, d.Set(text))
		require.Equal(t, want, d.String())
		var again duration
		require.NoError(t, again.Set(want))
		require.Equal(t, d, again)
	}
}

func TestErrorsAreJSONWhereTheOutputIs(t *testing.T) {
	r := perdure(t.Context(), "", "workflow", "show", "-o", "json", "-w", "w", "--nats-url", "nats://127.0.0.1:1")
	require.Equal(t, exitFailure, r.code)
	require.Empty(t, r.out)
	require.Contains(t, r.err, `"error":"connecting to NATS at nats://127.0.0.1:1`)
	require.Contains(t, r.err, `"code":"UNAVAILABLE"`)
}

func TestAnInterruptIsCalledSo(t *testing.T) {
	var out strings.Builder
	require.Equal(t, exitInterrupt, report(&out, outputText, fmt.Errorf("asking: %w", context.Canceled)))
	require.Equal(t, "Error: interrupted\n", out.String())
}

func TestTheEnvironmentStandsForFlags(t *testing.T) {
	t.Setenv("PERDURE_NATS_URL", "nats://127.0.0.1:2")
	r := perdure(t.Context(), "", "namespace", "list")
	require.Contains(t, r.err, "nats://127.0.0.1:2")
	r = perdure(t.Context(), "", "namespace", "list", "--nats-url", "nats://127.0.0.1:1")
	require.Contains(t, r.err, "nats://127.0.0.1:1", "a flag comes first")
	t.Setenv("PERDURE_OUTPUT", "xml")
	r = perdure(t.Context(), "", "namespace", "list")
	require.Equal(t, exitUsage, r.code)
}

func TestServingWhereTheEnvironmentSays(t *testing.T) {
	t.Setenv("PERDURE_NATS_URL", "nats://127.0.0.1:1")
	r := perdure(t.Context(), "", "server", "--start-timeout", "1ms")
	require.Contains(t, r.err, "PERDURE_NATS_URL is set: unset it to embed a NATS server")
	require.NotContains(t, r.err, "start one with")
	r = perdure(t.Context(), "", "server", "--listen", "127.0.0.1:0")
	require.Equal(t, exitUsage, r.code)
	require.Contains(t, r.err, "PERDURE_NATS_URL is set; unset it to embed a NATS server")
	r = perdure(t.Context(), "", "server", "--listen", "127.0.0.1:0", "--nats-url", "nats://127.0.0.1:1")
	require.NotContains(t, r.err, "PERDURE_NATS_URL", "a flag named it")
}

func TestEveryCommandHasHelp(t *testing.T) {
	root, _ := newRoot(streams{})
	var visit func(*cobra.Command)
	visit = func(c *cobra.Command) {
		require.NotEmpty(t, c.Short, c.CommandPath())
		r := perdure(t.Context(), "", append(strings.Fields(c.CommandPath())[1:], "--help")...)
		require.Equal(t, exitOK, r.code)
		require.Contains(t, r.out, "Usage:")
		for _, child := range c.Commands() {
			visit(child)
		}
	}
	visit(root)
}

func TestVersion(t *testing.T) {
	require.Contains(t, perdure(t.Context(), "", "version").out, "nats-server 2.")
	require.Contains(t, perdure(t.Context(), "", "version", "-o", "jsonl").out, `"natsServer":"2.`)
}
