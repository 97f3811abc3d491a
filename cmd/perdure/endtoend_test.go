package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/runtime"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/worker"
	"github.com/perdure/perdure/sdk/workflow"
)

var (
	greet   = workflow.Declare[string, string]("Greet")
	fail    = workflow.Declare[workflow.None, workflow.None]("Fail")
	count   = workflow.Declare[int, int]("Count")
	letters = workflow.DeclareSignal[string]("letters").WithDescription("What is added.")
	current = workflow.DeclareQuery[workflow.None, string]("current")
	replace = workflow.DeclareUpdate[string, string]("replace").WithDescription("Puts another text in its place.")
	longer  = workflow.DeclareUpdate[int, int]("longer")
)

// serveTest is a server with a worker that runs the workflows above.
func serveTest(t *testing.T) (url string) {
	t.Helper()
	server, err := runtime.Start(t.Context(), runtime.Config{DataDir: natstest.Dir(t), Listen: "127.0.0.1:0", SyncInterval: time.Minute})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.Background())) })
	c, err := client.Connect(client.Options{URL: server.URL()})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	w, err := worker.New(c, "q", worker.Options{})
	require.NoError(t, err)
	w.Register(
		// Ends when it is sent a full stop.
		greet.Implement(func(ctx workflow.Context, text string) (string, error) {
			current.Handle(ctx, func(workflow.None) (string, error) { return text, nil })
			handleUpdates(ctx, &text)
			for {
				workflow.SetCurrentDetails(ctx, "so far: "+text)
				more, _ := letters.Channel(ctx).Receive(ctx)
				if more == "." {
					return text, ctx.Err()
				}
				text += more
			}
		}),
		fail.Implement(func(workflow.Context, workflow.None) (workflow.None, error) {
			return workflow.None{}, failure.NewApplicationError("no luck", "Luckless")
		}),
		count.Implement(func(ctx workflow.Context, n int) (int, error) {
			if n == 0 {
				return 42, nil
			}
			return 0, workflow.NewContinueAsNewError(ctx, count, n-1)
		}),
	)
	require.NoError(t, w.Start())
	t.Cleanup(func() { require.NoError(t, w.Stop()) })
	return server.URL()
}

// handleUpdates answers what the text was, and waits until it is longer than it is asked for.
func handleUpdates(ctx workflow.Context, text *string) {
	replace.HandleWithOptions(ctx, workflow.UpdateHandlerOptions[string]{Validator: func(_ workflow.Context, with string) error {
		if with == "" {
			return failure.NewApplicationError("nothing to put there", "Empty")
		}
		return nil
	}}, func(_ workflow.Context, with string) (before string, _ error) {
		before, *text = *text, with
		return before, nil
	})
	longer.HandleWithOptions(ctx, workflow.UpdateHandlerOptions[int]{UnfinishedPolicy: workflow.HandlerUnfinishedPolicyAbandon}, func(ctx workflow.Context, than int) (int, error) {
		err := workflow.Await(ctx, func() bool { return len(*text) > than })
		return len(*text), err
	})
}

// ok runs a command that has to succeed and returns its output.
func ok(t *testing.T, url string, args ...string) string {
	t.Helper()
	r := perdure(t.Context(), "", append(args, "--nats-url", url)...)
	require.Equal(t, exitOK, r.code, r.err)
	require.Empty(t, r.err)
	return r.out
}

func TestAWorkflowsLifeOnTheCommandLine(t *testing.T) {
	url := serveTest(t)
	start := []string{"workflow", "start", "--type", "Greet", "-t", "q", "-w", "g 1", "-i", `"he"`}
	require.Contains(t, ok(t, url, start...), "g 1")

	again := perdure(t.Context(), "", append(start, "--nats-url", url)...)
	require.Equal(t, exitFailure, again.code)
	require.Contains(t, again.err, "--id-conflict-policy")
	require.Contains(t, ok(t, url, append(start, "--id-conflict-policy", "UseExisting")...), "it was running already")

	ok(t, url, "workflow", "signal", "-w", "g 1", "--name", "letters", "-i", `"llo"`)
	require.Equal(t, "\"hello\"\n", ok(t, url, "workflow", "query", "-w", "g 1", "--type", "current"))
	require.Contains(t, ok(t, url, "workflow", "describe", "-w", "g 1"), "Running")
	require.Contains(t, ok(t, url, "task-queue", "describe", "-t", "q"), "Workflow  0")

	ok(t, url, "workflow", "signal", "-w", "g 1", "--name", "letters", "-i", `"."`)
	require.Contains(t, ok(t, url, "workflow", "result", "-w", "g 1"), `Result    "hello"`)
	require.Contains(t, ok(t, url, "workflow", "describe", "-w", "g 1"), "Completed")
	require.Equal(t, "Workflow g 1: closed already (Completed): there is nothing to cancel\n", ok(t, url, "workflow", "cancel", "-w", "g 1"))
	shown := ok(t, url, "workflow", "show", "-w", "g 1")
	defer func() {
		asked := perdure(t.Context(), "no\n", "workflow", "delete", "-w", "g 1", "--nats-url", url)
		require.Equal(t, exitUsage, asked.code)
		require.Contains(t, asked.err, "Delete run ")
		require.Equal(t, "Workflow g 1: deleted\n", ok(t, url, "workflow", "delete", "-w", "g 1", "--yes"))
		require.Equal(t, exitFailure, perdure(t.Context(), "", "workflow", "delete", "-w", "g 1", "--yes", "--nats-url", url).code)
	}()
	require.Contains(t, shown, `letters("llo")`)
	require.Contains(t, shown, `WorkflowExecutionCompleted        "hello"`)
	require.Equal(t, shown, ok(t, url, "workflow", "show", "-w", "g 1", "--follow"), "a closed workflow is shown and that is all")
}

func TestWorkflowsThatEndOtherwise(t *testing.T) {
	url := serveTest(t)
	for name, test := range map[string]struct {
		kind string
		end  []string
		want string
	}{
		"failed":     {"Fail", nil, "Luckless: no luck"},
		"canceled":   {"Greet", []string{"workflow", "cancel", "--reason", "why not"}, "Canceled"},
		"terminated": {"Greet", []string{"workflow", "terminate", "--reason", "enough"}, "enough"},
	} {
		t.Run(name, func(t *testing.T) {
			ok(t, url, "workflow", "start", "--type", test.kind, "-t", "q", "-w", name, "-i", `""`)
			if test.end != nil {
				ok(t, url, append(test.end, "-w", name)...)
			}
			if name == "canceled" { // its code only looks when it is woken
				ok(t, url, "workflow", "signal", "-w", name, "--name", "letters", "-i", `"."`)
			}
			r := perdure(t.Context(), "", "workflow", "result", "-w", name, "--nats-url", url)
			require.Equal(t, exitFailure, r.code)
			require.Contains(t, r.out, test.want)
			require.Empty(t, r.err, "the answer says it all")
		})
	}
}

func TestAllOutputIsJSON(t *testing.T) {
	url := serveTest(t)
	ok(t, url, "workflow", "start", "--type", "Greet", "-t", "q", "-w", "j", "-i", `"a"`)
	for _, args := range [][]string{
		{"workflow", "start", "--type", "Greet", "-t", "q", "-i", `"b"`},
		{"workflow", "signal", "-w", "j", "--name", "letters", "-i", `"b"`},
		{"workflow", "query", "-w", "j", "--name", "current"},
		{"workflow", "signal-with-start", "--type", "Greet", "-t", "q", "-w", "j", "--signal-name", "letters", "--signal-input", `"c"`},
		{"workflow", "update", "execute", "-w", "j", "--name", "replace", "--update-id", "1", "-i", `"b"`},
		{"workflow", "update", "start", "-w", "j", "--name", "longer", "--update-id", "2", "-i", "9"},
		{"workflow", "update", "describe", "-w", "j", "--update-id", "2"},
		{"workflow", "update", "result", "-w", "j", "--update-id", "1"},
		{"workflow", "reset", "-w", "j", "--type", "LastWorkflowTask", "--reason", "a test"},
		{"workflow", "describe", "-w", "j"},
		{"workflow", "show", "-w", "j"},
		{"task-queue", "describe", "-t", "q"},
		{"namespace", "create", "shop", "--retention", "1d"},
		{"namespace", "describe", "shop"},
		{"namespace", "list"},
		{"namespace", "update", "shop", "--retention", "2d"},
		{"search-attribute", "add", "--name", "Customer", "--type", "Keyword"},
		{"search-attribute", "list"},
		{"search-attribute", "remove", "--name", "Customer", "--yes"},
		{"workflow", "pause", "-w", "j", "--reason", "why not"},
		{"workflow", "unpause", "-w", "j"},
		{"workflow", "cancel", "-w", "j"},
		{"workflow", "terminate", "-w", "j"},
		{"workflow", "show", "-w", "j", "--follow"},
		{"version"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			out := ok(t, url, append(args, "-o", "json")...)
			require.True(t, json.Valid([]byte(out)), out)
		})
	}
	listed := ok(t, url, "namespace", "list", "-o", "jsonl")
	require.Equal(t, 2, strings.Count(listed, "\n"), "one line for each: %s", listed)
	for line := range strings.Lines(listed) {
		require.True(t, json.Valid([]byte(line)), line)
	}
	r := perdure(t.Context(), "", "workflow", "result", "-w", "j", "-o", "json", "--nats-url", url)
	require.Equal(t, exitFailure, r.code)
	require.True(t, json.Valid([]byte(r.out)), r.out)
	r = perdure(t.Context(), "", "workflow", "describe", "-w", "nobody", "-o", "json", "--nats-url", url)
	require.Equal(t, exitFailure, r.code)
	require.Contains(t, r.err, `"code":"NOT_FOUND"`)
	require.True(t, json.Valid([]byte(r.err)))
}

// A watcher sees each event once and in order while the workflow goes on, and then the runs that follow.
func TestFollowing(t *testing.T) {
	url := serveTest(t)
	ok(t, url, "workflow", "start", "--type", "Greet", "-t", "q", "-w", "f", "-i", `"a"`)
	reader, writer := io.Pipe()
	var done sync.WaitGroup
	done.Go(func() {
		code := run(t.Context(), []string{"workflow", "show", "-w", "f", "--follow", "-o", "jsonl", "--nats-url", url}, streams{in: strings.NewReader(""), out: writer, err: io.Discard})
		if code != exitOK {
			_ = writer.CloseWithError(errors.New("show --follow failed"))
			return
		}
		_ = writer.Close()
	})
	defer done.Wait()
	defer reader.Close()
	var events []string
	decoder := json.NewDecoder(reader)
	sent := false
	for {
		var event struct{ EventID, EventType string }
		err := decoder.Decode(&event)
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		events = append(events, event.EventType)
		if !sent && strings.HasSuffix(event.EventType, "TASK_COMPLETED") { // the watcher is there, the workflow waits
			sent = true
			ok(t, url, "workflow", "signal", "-w", "f", "--name", "letters", "-i", `"."`)
		}
	}
	var short []string
	for _, e := range events {
		short = append(short, strings.TrimPrefix(e, "EVENT_TYPE_"))
	}
	require.Equal(t, []string{
		"WORKFLOW_EXECUTION_STARTED", "WORKFLOW_TASK_SCHEDULED", "WORKFLOW_TASK_STARTED", "WORKFLOW_TASK_COMPLETED",
		"WORKFLOW_EXECUTION_SIGNALED", "WORKFLOW_TASK_SCHEDULED", "WORKFLOW_TASK_STARTED", "WORKFLOW_TASK_COMPLETED",
		"WORKFLOW_EXECUTION_COMPLETED",
	}, short)
}

// An interrupt ends a watcher whatever it waits for, and its JSON is whole.
func TestFollowingIsInterrupted(t *testing.T) {
	url := serveTest(t)
	ok(t, url, "workflow", "start", "--type", "Greet", "-t", "q", "-w", "i", "-i", `"a"`)
	for range 10 {
		ctx, interrupt := context.WithCancel(t.Context())
		var out bytes.Buffer
		reader, writer := io.Pipe()
		ended := make(chan int, 1)
		go func() {
			ended <- run(ctx, []string{"workflow", "show", "-w", "i", "--follow", "-o", "json", "--nats-url", url}, streams{in: strings.NewReader(""), out: writer, err: io.Discard})
			_ = writer.Close()
		}()
		copied := bufio.NewReader(io.TeeReader(reader, &out))
		for line := ""; !strings.Contains(line, "TASK_COMPLETED"); { // all there is for now
			var err error
			line, err = copied.ReadString('{')
			require.NoError(t, err)
		}
		interrupt()
		_, err := io.Copy(io.Discard, copied)
		require.NoError(t, err)
		require.Equal(t, exitInterrupt, <-ended)
		require.True(t, json.Valid(out.Bytes()), out.String())
	}
}

func TestAChainOfRuns(t *testing.T) {
	url := serveTest(t)
	var started struct{ RunID string }
	require.NoError(t, json.Unmarshal([]byte(ok(t, url, "workflow", "start", "--type", "Count", "-t", "q", "-w", "c", "-i", "2", "-o", "json")), &started))
	result := ok(t, url, "workflow", "result", "-w", "c", "-r", started.RunID)
	require.Contains(t, result, "42")
	require.NotContains(t, result, started.RunID, "the last run's")
	followed := ok(t, url, "workflow", "show", "-w", "c", "-r", started.RunID, "--follow")
	require.Equal(t, 3, strings.Count(followed, "WorkflowExecutionStarted"))
	require.Equal(t, 2, strings.Count(followed, "WorkflowExecutionContinuedAsNew"))
}

func TestServingUntilInterrupted(t *testing.T) {
	reader, writer := io.Pipe()
	ctx, interrupt := context.WithCancel(t.Context())
	var done sync.WaitGroup
	var code int
	done.Go(func() {
		code = run(ctx, []string{"server", "--data-dir", natstest.Dir(t), "--listen", "127.0.0.1:0", "--grpc-listen", "127.0.0.1:0", "--ui-listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "-o", "jsonl"}, streams{in: strings.NewReader(""), out: writer, err: io.Discard})
		_ = writer.Close()
	})
	var ready struct {
		Ready              bool
		NATSURL            string
		GRPCAddress, UIURL string
		MetricsAddress     string
	}
	require.NoError(t, json.NewDecoder(reader).Decode(&ready))
	require.True(t, ready.Ready)
	require.Regexp(t, `^127\.0\.0\.1:[1-9][0-9]*$`, ready.GRPCAddress)
	require.Regexp(t, `^http://127\.0\.0\.1:[1-9][0-9]*$`, ready.UIURL)
	require.Regexp(t, `^127\.0\.0\.1:[1-9][0-9]*$`, ready.MetricsAddress)
	require.Contains(t, ok(t, ready.NATSURL, "namespace", "list"), "default")
	interrupt()
	done.Wait()
	require.Equal(t, exitOK, code)
}
