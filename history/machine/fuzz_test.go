package machine_test

import (
	"testing"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api/recordpb"
	"github.com/perdure/perdure/api/workerpb"
	"github.com/perdure/perdure/history/machine"
)

// busyWorld is a workflow with something of each kind, as seeds for fuzzing.
func busyWorld(tb testing.TB) *script {
	tb.Helper()
	s := newScript(newWorld())
	for _, line := range []string{
		`start retry="initial=1s" memo=1`, "signal one input=1 request=r", "start-task",
		"complete-task sticky=w\n  activity a start-to-close=10s heartbeat=2s\n  activity b start-to-close=9s\n  timer t 1h\n  marker m",
		"start-activity a", "heartbeat a details=7", "start-activity b", "fail-activity b", "cancel", "start-task", "signal two",
	} {
		var told []string
		for _, step := range parseScript(line) {
			told = append(told, s.do(step.command))
		}
		if err := s.world.check(); err != nil {
			tb.Fatal(line, told, err)
		}
	}
	return s
}

func FuzzTokenTask(f *testing.F) {
	for _, token := range busyWorld(f).tokens {
		f.Add(token)
	}
	f.Fuzz(func(t *testing.T, encoded []byte) {
		if task, err := machine.TokenTask(encoded); (task == nil) == (err == nil) {
			t.Fatalf("task %v, error %v", task, err)
		}
		// Whatever a token says, a run it does not fit is not changed, and none panics.
		s := busyWorld(t)
		for _, q := range []proto.Message{
			&workflowservice.RespondActivityTaskCompletedRequest{TaskToken: encoded},
			&workflowservice.RecordActivityTaskHeartbeatRequest{TaskToken: encoded},
			&workflowservice.RespondWorkflowTaskFailedRequest{TaskToken: encoded},
			&workflowservice.RespondWorkflowTaskCompletedRequest{TaskToken: encoded},
		} {
			if _, _, err := s.world.decide(q); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func FuzzPageToken(f *testing.F) {
	for _, token := range []*workerpb.HistoryToken{
		{RunId: "run-1", NextEventId: 1, LastEventId: 5}, {RunId: "run-1", NextEventId: 3},
		{RunId: "run-1", NextEventId: 3, LastEventId: -1, Tail: [][]byte{{1}}}, {RunId: "run-1", NextEventId: 1 << 62, LastEventId: 1 << 62},
	} {
		encoded, err := proto.Marshal(token)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(encoded, int32(2))
	}
	run := busyWorld(f).world.run()
	f.Fuzz(func(_ *testing.T, encoded []byte, size int32) {
		for _, wait := range []bool{false, true} {
			_, _ = run.ReadHistory(&workflowservice.GetWorkflowExecutionHistoryRequest{NextPageToken: encoded, MaximumPageSize: size, WaitNewEvent: wait})
		}
		_, _ = run.ReadHistoryReverse(&workflowservice.GetWorkflowExecutionHistoryReverseRequest{NextPageToken: encoded, MaximumPageSize: size})
	})
}

func FuzzRestore(f *testing.F) {
	run := busyWorld(f).world.run()
	encoded, err := proto.Marshal(&recordpb.Rest{State: run.Snapshot(), Batches: batchesOf(run)})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(encoded)
	f.Add([]byte{})
	f.Fuzz(func(_ *testing.T, encoded []byte) {
		rest := &recordpb.Rest{}
		if proto.Unmarshal(encoded, rest) != nil {
			return
		}
		run, err := machine.Restore(rest.State, rest.Batches)
		if err != nil {
			return
		}
		use(&machine.Workflow{ID: run.WorkflowID(), Run: run})
	})
}

func FuzzEvolve(f *testing.F) {
	for _, record := range busyWorld(f).world.records {
		f.Add(record)
	}
	f.Fuzz(func(t *testing.T, encoded []byte) {
		record := &recordpb.Record{}
		if proto.Unmarshal(encoded, record) != nil {
			return
		}
		empty := &machine.Workflow{ID: record.WorkflowId}
		if _, err := machine.Evolve(empty, record); err == nil {
			use(empty)
		}
		busy := busyWorld(t).world.workflow
		if _, err := machine.Evolve(busy, record); err == nil {
			use(busy)
		}
	})
}

// use does with a run what a shard does with one that it has read. A rest or a record
// that was accepted must not bring the shard down later.
func use(w *machine.Workflow) {
	if w.Run == nil {
		return
	}
	now := epochStart.Add(time.Minute)
	w.Run.NextDue()
	w.Run.Describe(time.Now())
	w.Run.Snapshot()
	w.Run.Summary()
	w.Run.Owed()
	for _, task := range w.Run.Outstanding(now) {
		_, _ = machine.Decide(w, machine.Input{Request: &workerpb.StartTaskRequest{Task: task, RequestId: "r"}, Now: now, RunID: "next"})
	}
	for _, q := range []proto.Message{
		machine.Due, &workflowservice.SignalWorkflowExecutionRequest{RequestId: "s"},
		&workflowservice.TerminateWorkflowExecutionRequest{}, &workflowservice.StartWorkflowExecutionRequest{},
	} {
		_, _ = machine.Decide(w, machine.Input{Request: q, Now: now, RunID: "next"})
	}
}
