package e2e

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api/recordpb"
	"github.com/perdure/perdure/history/stream"
	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/runtime"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/worker"
	"github.com/perdure/perdure/sdk/workflow"
)

// TASKS goes while a thousand workflows run, more than once: all of them finish.
func TestTasksDeleted(t *testing.T) {
	const journeys = 1000
	s := startLocal(t, runtime.Config{DataDir: natstest.Dir(t), Listen: "127.0.0.1:0", SyncInterval: seldom})
	c, js := connectClient(t, s.URL()), jetStream(t, s.URL())
	effects := newLedger(3500)
	startWorker(t, c, worker.Options{}, effects.implementations()...)
	load{client: c, effects: effects, journeys: journeys, pause: 300 * time.Millisecond, disturb: func(int) {
		require.NoError(t, js.DeleteStream(within(t), names.TasksStream(first)))
	}}.run(t)
	require.Positive(t, s.log.Count("the work queue was lost"))
}

// shardOf are ids of workflows by the log that gets their records.
func shardOf(t testing.TB, js jetstream.JetStream, c *client.Client) map[int]string {
	t.Helper()
	ids := map[int]string{}
	for n := 0; len(ids) < shards; n++ {
		id := fmt.Sprintf("probe-%d", n)
		before := logs(t, js)
		startSleepers(within(t), t, c, id, 1, hour)
		_, err := client.Query(within(t), c, id+"-0", "", dream, workflow.None{}) // it sleeps now
		require.NoError(t, err)
		for shard, state := range logs(t, js) {
			if state.LastSeq > before[shard].LastSeq && ids[shard] == "" {
				ids[shard] = id + "-0"
			}
		}
	}
	return ids
}

// damage is what is done to one shard's log, while the server runs or while it does not.
var damages = map[string]func(ctx context.Context, js jetstream.JetStream, log string) error{
	"deleted": func(ctx context.Context, js jetstream.JetStream, log string) error { return js.DeleteStream(ctx, log) },
	"purged": func(ctx context.Context, js jetstream.JetStream, log string) error {
		s, err := js.Stream(ctx, log)
		if err != nil {
			return err
		}
		return s.Purge(ctx)
	},
	"replaced": func(ctx context.Context, js jetstream.JetStream, log string) error {
		s, err := js.Stream(ctx, log)
		if err != nil {
			return err
		}
		if err := js.DeleteStream(ctx, log); err != nil {
			return err
		}
		return natstest.Remake(ctx, func() error {
			_, err := js.CreateStream(ctx, s.CachedInfo().Config)
			return err
		})
	},
}

// A log that is deleted, purged or replaced stops its shard, loudly and once; the others go on, and
// nothing is written to what is left.
func TestLogDamaged(t *testing.T) {
	for name, damage := range damages {
		for _, running := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/running=%v", name, running), func(t *testing.T) {
				t.Parallel()
				testLogDamaged(t, damage, running)
			})
		}
	}
}

func testLogDamaged(t *testing.T, damage func(context.Context, jetstream.JetStream, string) error, running bool) {
	natsServer := natstest.Start(t)
	url := natsServer.ClientURL()
	ctx, c, js := within(t), connectClient(t, url), jetStream(t, url)
	s := startLocal(t, on(url, runtime.Tuning{}))
	startWorker(t, c, worker.Options{}, sleeping...)
	ids := shardOf(t, js, c)
	log := names.LogStream(first, 0)
	if !running {
		s.stop(t)
	}
	require.NoError(t, damage(ctx, js, log))
	left, err := js.Stream(ctx, log)
	if !running {

		s = startLocal(t, on(url, runtime.Tuning{}))
	}
	eventually(t, func() bool { return s.log.Count("shard stopped", log) > 0 }, "the shard does not stop loudly")
	require.Equal(t, 1, s.log.Count(`"level":"error"`, `"shard":0`), "%s", s.log)
	require.Positive(t, s.log.Count("shard stopped", log, "backup"), "it does not say what to do")

	for shard, id := range ids {
		signal := signalRequest(id)
		err := call(t, c, "SignalWorkflowExecution", signal)
		if shard == 0 {
			require.ErrorContains(t, err, log)
			continue
		}
		require.NoError(t, err, "shard %d", shard)
	}
	require.Equal(t, 1, s.log.Count(`"level":"error"`, `"shard":0`), "%s", s.log)
	if err == nil {
		require.Equal(t, left.CachedInfo().State.LastSeq, streamState(t, js, log).LastSeq, "something was written to what is left")
	} else {
		_, err = js.Stream(ctx, log)
		require.ErrorIs(t, err, jetstream.ErrStreamNotFound, "it was made again")
	}
}

// OPEN and HISTORY are of all shards: without them the namespace stops, and says so.
func TestRestDeleted(t *testing.T) {
	for _, name := range []string{names.OpenStream(first), names.HistoryStream(first)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := natstest.Start(t).ClientURL()
			ctx, js := within(t), jetStream(t, url)
			s := startLocal(t, on(url, runtime.Tuning{}))
			require.NoError(t, js.DeleteStream(ctx, name))
			eventually(t, func() bool { return s.log.Count("shard stopped", name) == shards }, "not all shards stop")
			require.Equal(t, shards, s.log.Count(`"level":"error"`), "%s", s.log)
			s.stop(t)
			_, err := runtime.Start(ctx, on(url, runtime.Tuning{}))
			require.ErrorIs(t, err, stream.ErrMissing)
			require.ErrorContains(t, err, "restore it from a backup")
			_, err = js.Stream(ctx, name)
			require.ErrorIs(t, err, jetstream.ErrStreamNotFound, "it was made again")
		})
	}
}

// A message in the log that no owner wrote is passed over, and the shard goes on.
func TestGarbageInTheLog(t *testing.T) {
	url := natstest.Start(t).ClientURL()
	ctx, c, js := within(t), connectClient(t, url), jetStream(t, url)
	s := startLocal(t, on(url, runtime.Tuning{}))
	startWorker(t, c, worker.Options{}, sleeping...)
	ids := shardOf(t, js, c)
	for round := range 3 {
		for shard := range shards {
			for _, garbage := range []string{"", "garbage", "\x08\x01"} {
				_, err := js.Publish(ctx, names.Log(first.Namespace, shard), []byte(garbage))
				require.NoError(t, err)
			}
		}
		awaitAll(ctx, t, startSleepers(ctx, t, c, fmt.Sprintf("round-%d", round), 20, func(int) time.Duration { return time.Millisecond }), "timer")
	}
	s.stop(t)

	s = startLocal(t, on(url, runtime.Tuning{}))
	for shard, id := range ids {
		require.NoError(t, client.Signal(ctx, c, id, "", wake, "signal"), "shard %d", shard)
		result, err := client.GetRun[string](c, id, "").Result(ctx)
		require.NoError(t, err)
		require.Equal(t, "signal", result)
	}
	require.Zero(t, s.log.Count(`"level":"error"`), "%s", s.log)
}

// A frame of the epoch with a record that does not fit stops its shard when it is read, and no other.
func TestPoisonedRecord(t *testing.T) {
	for name, poison := range map[string]func(epoch uint64) []byte{
		"undecodable": func(epoch uint64) []byte {
			frame, err := proto.Marshal(&recordpb.Frame{Version: 1, Epoch: epoch})
			require.NoError(t, err)
			return append(frame, 0x1a, 0x03, 0xff, 0xff, 0xff)
		},
		"of an unknown run": func(epoch uint64) []byte {
			record := &recordpb.Record{WorkflowId: "nobody", Runs: []*recordpb.RunRecord{{RunId: "none"}}}
			return frameOf(t, epoch, record)
		},
		"of an unknown version": func(epoch uint64) []byte {
			frame, err := proto.Marshal(&recordpb.Frame{Version: 99, Epoch: epoch, Content: &recordpb.Frame_Barrier{Barrier: &recordpb.Barrier{}}})
			require.NoError(t, err)
			return frame
		},
	} {
		t.Run(name, func(t *testing.T) {
			url := natstest.Start(t).ClientURL()
			ctx, c, js := within(t), connectClient(t, url), jetStream(t, url)
			s := startLocal(t, on(url, runtime.Tuning{}))
			startWorker(t, c, worker.Options{}, sleeping...)
			ids := shardOf(t, js, c)
			s.stop(t)
			_, err := js.Publish(ctx, names.Log(first.Namespace, 1), poison(1))
			require.NoError(t, err)
			last := streamState(t, js, names.LogStream(first, 1)).LastSeq

			s = startLocal(t, on(url, runtime.Tuning{}))
			errors := s.log.Count(`"level":"error"`)
			ofIndex := s.log.Count(`"level":"error"`, "a frame of the log cannot be read") // when it has come to it
			require.Equal(t, 1, s.log.Count(`"level":"error"`, `"shard":`), "%s", s.log)
			require.LessOrEqual(t, errors, 1+ofIndex, "%s", s.log)
			require.LessOrEqual(t, ofIndex, 1, "%s", s.log)
			require.Equal(t, 1, s.log.Count("shard stopped", `"shard":1`), "%s", s.log)
			for shard, id := range ids {
				err := call(t, c, "SignalWorkflowExecution", signalRequest(id))
				require.Equal(t, shard == 1, err != nil, "shard %d: %v", shard, err)
			}
			require.Equal(t, last, streamState(t, js, names.LogStream(first, 1)).LastSeq, "something was written behind the poison")
		})
	}
}

func frameOf(t testing.TB, epoch uint64, records ...*recordpb.Record) []byte {
	frame, err := proto.Marshal(&recordpb.Frame{Version: 1, Epoch: epoch, Content: &recordpb.Frame_Records{Records: &recordpb.Records{Records: records}}})
	require.NoError(t, err)
	return frame
}

// Without JetStream there is a message that says what to do.
func TestJetStreamDisabled(t *testing.T) {
	for name, change := range map[string]func(*server.Options){
		"server": func(o *server.Options) { o.JetStream = false },
		"account": func(o *server.Options) {
			account := server.NewAccount("POOR")
			o.Accounts = []*server.Account{account}
			o.Users = []*server.User{{Username: "poor", Password: "poor", Account: account}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			url := natstest.Start(t, change).ClientURL()
			config := on(url, runtime.Tuning{})
			if name == "account" {
				config.Connection.User, config.Connection.Password = "poor", "poor"
			}
			_, err := runtime.Start(within(t), config)
			require.ErrorIs(t, err, stream.ErrNotEnabled)
			require.ErrorContains(t, err, "enable JetStream")
		})
	}
}

// Where there is no room requests are refused with the reason; with room the shards go on, and what was
// acknowledged is there.
func TestNoRoom(t *testing.T) {
	natsServer := natstest.Start(t, func(o *server.Options) { o.JetStreamMaxStore = 2 << 20 })
	url := natsServer.ClientURL()
	ctx, c, js := within(t), connectClient(t, url), jetStream(t, url)
	filler, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "FILLER", Subjects: []string{"filler"}})
	require.NoError(t, err)
	s := startLocal(t, on(url, restless))
	startWorker(t, c, worker.Options{}, sleeping...)
	acknowledged := startSleepers(ctx, t, c, "before", 50, hour)
	refused := ""
	for n := 0; refused == ""; n++ {
		_, _ = js.Publish(ctx, "filler", make([]byte, 64<<10)) // until there is no room
		request := startRequest(fmt.Sprintf("during-%d", n), time.Hour)
		if err := call(t, c, "StartWorkflowExecution", request); err != nil {
			refused = err.Error()
			continue
		}
		acknowledged = append(acknowledged, client.GetRun[string](c, request.WorkflowId, ""))
	}
	require.Contains(t, refused, "no space in JetStream")
	require.Contains(t, refused, "free disk space or raise the limits")
	require.NoError(t, filler.Purge(ctx))
	eventually(t, func() bool { return call(t, c, "StartWorkflowExecution", startRequest("after", time.Hour)) == nil }, "it does not go on")
	wakeAll(ctx, t, c, acknowledged)
	awaitAll(ctx, t, acknowledged, "signal")
	require.Zero(t, s.log.Count(`"level":"error"`, "shard stopped"), "%s", s.log)
}
