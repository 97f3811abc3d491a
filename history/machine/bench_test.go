package machine_test

import (
	"testing"
	"time"

	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	enumspb "go.temporal.io/api/enums/v1"

	"github.com/perdure/perdure/api/workerpb"
	"github.com/perdure/perdure/history/machine"
)

// BenchmarkOneActivity decides the seven requests of a workflow with one
// activity of 100 bytes, each step by itself and all of them.
func BenchmarkOneActivity(b *testing.B) {
	for i, name := range []string{"start", "start-task", "schedule-activity", "start-activity", "complete-activity", "start-task-2", "complete"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var ready []*oneActivity
			for b.Loop() {
				if len(ready) == 0 {
					b.StopTimer()
					ready = atStep(b, i)
					b.StartTimer()
				}
				ready[0].step(b)
				ready = ready[1:]
			}
		})
	}
	b.Run("all", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			o := newOneActivity()
			for range 7 {
				o.step(b)
			}
		}
	})
}

// atStep are a thousand workflows of which so many steps are done.
func atStep(b *testing.B, steps int) []*oneActivity {
	b.Helper()
	ready := make([]*oneActivity, 1000)
	for i := range ready {
		ready[i] = newOneActivity()
		for range steps {
			ready[i].step(b)
		}
	}
	return ready
}

// oneActivity is a workflow with one activity, and what its workers hold.
type oneActivity struct {
	workflow *machine.Workflow
	steps    int
	token    []byte
}

func newOneActivity() *oneActivity {
	return &oneActivity{workflow: &machine.Workflow{ID: workflowID}}
}

var (
	oneActivityType = &commonpb.ActivityType{Name: "Act"}
	tenSeconds      = durationpb.New(10 * time.Second)
)

var hundredBytes = jsonPayloads("0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789")

func (o *oneActivity) step(b *testing.B) {
	b.Helper()
	var q proto.Message
	switch o.steps {
	case 0:
		q = startRequest(words{})
	case 1, 3, 5:
		q = &workerpb.StartTaskRequest{Task: o.workflow.Run.Owed()[0], RequestId: "r", Identity: "worker"}
	case 2:
		q = o.completion(newCommand(enumspb.COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK, &commandpb.Command_ScheduleActivityTaskCommandAttributes{ScheduleActivityTaskCommandAttributes: &commandpb.ScheduleActivityTaskCommandAttributes{
			ActivityId: "5", ActivityType: oneActivityType, Input: hundredBytes, StartToCloseTimeout: tenSeconds,
		}}))
	case 4:
		q = &workflowservice.RespondActivityTaskCompletedRequest{TaskToken: o.token, Result: hundredBytes}
	case 6:
		q = o.completion(closing("complete")...)
	}
	o.steps++
	d, err := machine.Decide(o.workflow, machine.Input{Namespace: namespace, Request: q, Now: epochStart, RunID: "run-1", Epoch: testEpoch})
	if err != nil || d.Refusal != nil {
		b.Fatal(err, d.Refusal)
	}
	if task, ok := d.Reply.(interface{ GetTaskToken() []byte }); ok {
		o.token = task.GetTaskToken()
	}
}

func (o *oneActivity) completion(commands ...*commandpb.Command) proto.Message {
	return &workflowservice.RespondWorkflowTaskCompletedRequest{TaskToken: o.token, Commands: commands, Identity: "worker"}
}
