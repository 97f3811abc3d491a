package e2e

import (
	"context"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/runtime"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/worker"
	"github.com/perdure/perdure/sdk/workflow"
	"github.com/perdure/perdure/sdk/workflowtest"
)

var recordHistories = flag.Bool("record-histories", false, "write what TestHistories sees to testdata/histories, where saved histories are")

// scene is a workflow of one feature, under the name of its history.
type scene struct {
	workflow workflow.Implementation
	others   []worker.Implementation
	// act is the activity's code, where it is not greet.
	act func(context.Context, string) (string, error)
	// before does what a client does before the run; nil nothing.
	before func(t *testing.T, c *client.Client)
	// use does what a client does while the run of the id goes on; nil nothing.
	use func(t *testing.T, c *client.Client, id string)
	// options are those of the start, but for its id and queue; begin is how else it is started, nil plainly.
	options client.StartOptions
	begin   func(t *testing.T, c *client.Client, o client.StartOptions)
	// latest says that the history is the latest run's, not the first's.
	latest bool
	// own is for a scene that Temporal has no recording of.
	own bool
}

var (
	began    = workflow.DeclareSignal[string]("go")
	added    = workflow.DeclareSignal[string]("add")
	adds     = workflow.DeclareUpdate[int, int]("add")
	alone    = workflow.Declare[workflow.None, string]("Alone")
	child    = workflow.Declare[workflow.None, string]("Child")
	sender   = workflow.Declare[workflow.None, string]("Sender")
	waitsFor = func(ctx workflow.Context, _ workflow.None) (string, error) {
		v, _ := began.Channel(ctx).Receive(ctx)
		return v, nil
	}
)

var collecting = workflow.Declare[workflow.None, []string]("Collect").Implement(func(ctx workflow.Context, _ workflow.None) ([]string, error) {
	v, _ := added.Channel(ctx).Receive(ctx)
	return []string{v}, nil
})

// versioned asks for a version twice.
var versioned = alone.Implement(func(ctx workflow.Context, _ workflow.None) (string, error) {
	version := func() string {
		if workflow.GetVersion(ctx, "change-a", workflow.DefaultVersion, 2) == 2 {
			return "two"
		}
		return "old"
	}
	v := version()
	if err := workflow.Sleep(ctx, 50*time.Millisecond); err != nil {
		return "", err
	}
	return v + ", " + version(), nil
})

// formerly are the saved histories that are not written so any more.
var formerly = map[string]workflow.Implementation{
	"marker-version-not-indexed": versioned, // before GetVersion upserted TemporalChangeVersion
}

func (s scene) start(t *testing.T, c *client.Client, name string) {
	t.Helper()
	s.options.ID, s.options.TaskQueue = name, name
	if s.begin != nil {
		s.begin(t, c, s.options)
		return
	}
	_, err := client.Start(within(t), c, workflow.Declare[workflow.None, converter.Raw](s.workflow.Name()), workflow.None{}, s.options)
	require.NoError(t, err)
}

func (s scene) history(t *testing.T, c *client.Client, id string) (events []*historypb.HistoryEvent) {
	t.Helper()
	if !s.latest {
		return checkRuns(within(t), t, c, id)[0]
	}
	events = eventsOf(within(t), t, c, id)
	require.NoError(t, wellFormed(events))
	return events
}

// scenes are one for each feature.
var scenes = func() map[string]scene {
	all := map[string]scene{}
	for _, some := range []map[string]scene{ownScenes, activityScenes, childScenes, externalScenes, startScenes, codeScenes} {
		maps.Copy(all, some)
	}
	return all
}()

var ownScenes = map[string]scene{
	"activity-one": {workflow: caller.Implement(func(ctx workflow.Context, _ workflow.None) (string, error) {
		return workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
			StartToCloseTimeout: 20 * time.Second,
			RetryPolicy:         &workflow.RetryPolicy{InitialInterval: 100 * time.Millisecond, BackoffCoefficient: 1, MaximumAttempts: 1},
		}), act, "one").Get(ctx)
	})},
	"localactivity-success": {workflow: calling(workflow.LocalActivityOptions{StartToCloseTimeout: 5 * time.Second})},
	"timer-fires": {workflow: workflow.Declare[workflow.None, workflow.None]("Alone").Implement(func(ctx workflow.Context, n workflow.None) (workflow.None, error) {
		return n, workflow.Sleep(ctx, 300*time.Millisecond)
	})},
	"marker-side-effect": {workflow: workflow.Declare[workflow.None, []int]("Alone").Implement(func(ctx workflow.Context, _ workflow.None) ([]int, error) {
		a, err := workflow.SideEffect(ctx, func() int { return 1 })
		if err != nil {
			return nil, err
		}
		if err := workflow.Sleep(ctx, 50*time.Millisecond); err != nil {
			return nil, err
		}
		b, err := workflow.SideEffect(ctx, func() int { return 2 })
		return []int{a, b}, err
	})},
	"marker-version-new": {workflow: versioned},
	"lifecycle-upsert-memo": {workflow: workflow.Declare[workflow.None, workflow.None]("Alone").Implement(func(ctx workflow.Context, n workflow.None) (workflow.None, error) {
		if err := workflow.UpsertMemo(ctx, map[string]any{"a": 1, "b": "x"}); err != nil {
			return n, err
		}
		return n, workflow.UpsertMemo(ctx, map[string]any{"a": 2, "b": nil})
	})},
	"signal-one": {workflow: collecting, use: func(t *testing.T, c *client.Client, id string) {
		awaitEvent(t, c, id, 4)
		require.NoError(t, client.Signal(within(t), c, id, "", added, "one"))
	}},
	"cancel-with-cleanup": {workflow: workflow.Declare[workflow.None, workflow.None]("Alone").Implement(func(ctx workflow.Context, n workflow.None) (workflow.None, error) {
		err := workflow.Sleep(ctx, time.Hour)
		cleanup, stop := workflow.NewDisconnectedContext(ctx)
		defer stop()
		if err := workflow.Sleep(cleanup, 100*time.Millisecond); err != nil {
			return n, err
		}
		return n, err
	}), use: func(t *testing.T, c *client.Client, id string) {
		awaitEvent(t, c, id, 5)
		require.NoError(t, c.Cancel(within(t), id, ""))
	}},
	"update-completed": {workflow: workflow.Declare[workflow.None, int]("Counter").Implement(func(ctx workflow.Context, n workflow.None) (int, error) {
		total := 0
		adds.Handle(ctx, func(_ workflow.Context, n int) (int, error) {
			total += n
			return total, nil
		})
		_, err := waitsFor(ctx, n)
		return total, err
	}), use: func(t *testing.T, c *client.Client, id string) {
		awaitEvent(t, c, id, 4)
		_, err := client.Update(within(t), c, id, "", adds, 5, client.UpdateOptions{ID: "up-1"})
		require.NoError(t, err)
		require.NoError(t, client.Signal(within(t), c, id, "", began, ""))
	}},
	"continue-as-new": {own: true, workflow: alone.Implement(func(ctx workflow.Context, n workflow.None) (string, error) {
		if workflow.GetInfo(ctx).ContinuedRunID == "" {
			return "", workflow.NewContinueAsNewError(ctx, alone, n)
		}
		return "second run", nil
	})},
}

// awaitEvent waits until a run's history has an event.
func awaitEvent(t *testing.T, c *client.Client, id string, event int64) {
	t.Helper()
	for got, err := range c.History(within(t), id, "", client.HistoryOptions{Follow: true}) {
		require.NoError(t, err)
		if got.GetEventId() == event {
			return
		}
	}
	require.Fail(t, "the history ends early", "%s, before event %d", id, event)
}

// Each feature leaves the events that it left when its history was saved, and that Temporal's SDK and server left.
func TestHistories(t *testing.T) {
	t.Parallel()
	s := startLocal(t, runtime.Config{DataDir: natstest.Dir(t), Listen: "127.0.0.1:0", SyncInterval: seldom})
	for name, scene := range scenes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := connectClient(t, s.URL())
			if scene.before != nil {
				scene.before(t, c)
			}
			double := scene.act
			if double == nil {
				double = greet
			}
			startOn(t, c, name, append([]worker.Implementation{scene.workflow, act.Implement(double)}, scene.others...)...)
			scene.start(t, c, name)
			if scene.use != nil {
				scene.use(t, c, name)
			}
			_, _ = client.GetRun[converter.Raw](c, name, "").Result(within(t)) // the history tells what it came to
			events := scene.history(t, c, name)
			require.NoError(t, workflowtest.Replay(&historypb.History{Events: events}, scene.workflow))
			if *recordHistories {
				text, err := protojson.MarshalOptions{Multiline: true}.Marshal(&historypb.History{Events: events})
				require.NoError(t, err)
				require.NoError(t, os.WriteFile(savedHistory(name), append(text, '\n'), 0o600))
			}
			alike(t, savedHistory(name), events)
			if !scene.own {
				alike(t, filepath.Join("../../sdk/workflowtest/testdata/golden", name+".json"), events)
			}
		})
	}
}

// What was saved once is replayed for ever.
func TestSavedHistories(t *testing.T) {
	files, err := filepath.Glob(savedHistory("*"))
	require.NoError(t, err)
	require.Len(t, files, len(scenes)+len(formerly))
	all := maps.Clone(formerly)
	for name, scene := range scenes {
		all[name] = scene.workflow
	}
	for name, code := range all {
		data, err := os.ReadFile(savedHistory(name))
		require.NoError(t, err)
		require.NoError(t, workflowtest.ReplayJSON(data, code), name)
	}
}

func savedHistory(name string) string { return filepath.Join("testdata/histories", name+".json") }

// alike compares events with those of a file, but for what differs from run to run.
func alike(t *testing.T, path string, got []*historypb.HistoryEvent) {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	want, err := workflowtest.ReadHistory(data)
	require.NoError(t, err)
	require.Len(t, got, len(want.GetEvents()), path)
	for i, event := range want.GetEvents() {
		require.Equal(t, likeness(t, event), likeness(t, got[i]), path)
	}
}
