package machine_test

import (
	"fmt"

	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/perdure/perdure/api/workerpb"
)

// choose is one of the words, which are empty for "not said".
func choose(t *rapid.T, label string, from ...string) string {
	return rapid.SampledFrom(from).Draw(t, label)
}

// said are words with the named arguments that are not empty.
func said(named map[string]string) words {
	for name, value := range named {
		if value == "" {
			delete(named, name)
		}
	}
	return words{named: named}
}

func (c *chaos) startWords(t *rapid.T) words {
	return said(map[string]string{
		"request": c.requestID(t), "signal": "go",
		"execution-timeout": choose(t, "execution timeout", "", "", "1m"), "run-timeout": choose(t, "run timeout", "", "", "20s"),
		"task-timeout": choose(t, "task timeout", "", "3s"), "delay": choose(t, "delay", "", "", "5s"), "cron": choose(t, "cron", "", "", "", "@every 7s", "* * * * *"),
		"retry":    choose(t, "retry", "", "", "initial=1s attempts=2"),
		"reuse":    choose(t, "reuse", "", "", "allow-duplicate-failed-only", "reject-duplicate", "terminate-if-running"),
		"conflict": choose(t, "conflict", "", "", "use-existing", "terminate-existing"),
	})
}

func (c *chaos) start(t *rapid.T) proto.Message { return startRequest(c.startWords(t)) }
func (c *chaos) signalWithStart(t *rapid.T) proto.Message {
	return signalWithStartRequest(c.startWords(t))
}

func (c *chaos) signal(t *rapid.T) proto.Message {
	return &workflowservice.SignalWorkflowExecutionRequest{RequestId: c.requestID(t), SignalName: "go", Input: jsonPayloads("1")}
}

func (c *chaos) cancel(t *rapid.T) proto.Message {
	return &workflowservice.RequestCancelWorkflowExecutionRequest{RequestId: c.requestID(t)}
}

// startTask starts any task that was ever queued.
func (c *chaos) startTask(t *rapid.T) proto.Message {
	if len(c.tasks) == 0 {
		return nil
	}
	return &workerpb.StartTaskRequest{Task: rapid.SampledFrom(c.tasks).Draw(t, "task"), RequestId: c.requestID(t)}
}

// takeTask starts a task that is owed, as a worker that pulled it.
func (c *chaos) takeTask(t *rapid.T) {
	keys := sortedKeys(c.world.owed)
	if len(keys) == 0 {
		return
	}
	task := c.world.owed[rapid.SampledFrom(keys).Draw(t, "owed")]
	q := &workerpb.StartTaskRequest{Task: task, RequestId: c.fresh()}
	if reply := c.ask(t, q); reply == nil {
		t.Fatalf("task %v is owed and cannot be started\n%s", task, c.story())
	}
	if rapid.Bool().Draw(t, "twice") && c.ask(t, q) == nil {
		t.Fatalf("a repeated start of %v has no answer\n%s", task, c.story())
	}
}

func (c *chaos) completeTask(t *rapid.T) proto.Message {
	if len(c.taskTokens) == 0 {
		return nil
	}
	return c.completion(t, rapid.SampledFrom(c.taskTokens).Draw(t, "token"))
}

func (c *chaos) completeLatest(t *rapid.T) proto.Message {
	if len(c.taskTokens) == 0 {
		return nil
	}
	return c.completion(t, c.taskTokens[len(c.taskTokens)-1])
}

func (c *chaos) completion(t *rapid.T, token []byte) proto.Message {
	q := &workflowservice.RespondWorkflowTaskCompletedRequest{
		TaskToken: token, Commands: rapid.SliceOfN(rapid.Custom(c.command), 0, 5).Draw(t, "commands"),
		ForceCreateNewWorkflowTask: rapid.IntRange(0, 4).Draw(t, "force") == 0, ReturnNewWorkflowTask: rapid.Bool().Draw(t, "return"),
	}
	if rapid.IntRange(0, 4).Draw(t, "closes") == 0 {
		q.Commands = append(q.Commands, c.close(t)...)
	}
	if worker := choose(t, "sticky", "", "w1", "w2"); worker != "" {
		q.StickyAttributes = &taskqueuepb.StickyExecutionAttributes{WorkerTaskQueue: &taskqueuepb.TaskQueue{Name: worker}}
	}
	return q
}

func (c *chaos) close(t *rapid.T) []*commandpb.Command {
	name := choose(t, "close", "complete", "fail", "cancel", "continue-as-new")
	return []*commandpb.Command{commandsByName[name](nil, said(map[string]string{"cron": choose(t, "cron", "", "@every 3s", "never")}))}
}

func closing(name string) []*commandpb.Command {
	return []*commandpb.Command{commandsByName[name](nil, words{})}
}

func (c *chaos) command(t *rapid.T) *commandpb.Command {
	w := said(map[string]string{
		"schedule-to-close": choose(t, "schedule to close", "", "10s"), "schedule-to-start": choose(t, "schedule to start", "", "", "3s"),
		"start-to-close": choose(t, "start to close", "5s", "2s"), "heartbeat": choose(t, "heartbeat", "", "1s"),
		"retry": choose(t, "retry", "", "initial=1s coefficient=1", "attempts=1", "initial=20s attempts=3", "non-retryable=Fatal"),
	})
	kind := choose(t, "command", "activity", "activity", "activity", "timer", "timer", "cancel-timer", "cancel-activity", "cancel-activity", "marker", "upsert", "memo")
	if rapid.IntRange(0, 19).Draw(t, "bad") == 0 {
		kind = "command"
	}
	switch kind {
	case "timer":
		w.args = []string{choose(t, "timer", "t1", "t2", "t3", "t4"), choose(t, "after", "1s", "2s", "10s", "1h")}
	case "cancel-timer":
		w.args = []string{choose(t, "timer", "t1", "t2", "t3", "t4")}
	case "upsert", "memo":
		w.named = map[string]string{choose(t, "field", "A", "B"): choose(t, "value", "1", "x", "null", "[]")}
	case "command":
		w.args = []string{choose(t, "type", "0", "1", "11", "77")}
	case "cancel-activity":
		if rapid.IntRange(0, 9).Draw(t, "any event") == 0 {
			w.named["event"] = fmt.Sprint(rapid.IntRange(1, 20).Draw(t, "event"))
		}
		w.args = []string{choose(t, "activity", "a", "b", "c", "d", "e")}
		return commandsByName[kind](&script{world: c.world}, w)
	default:
		w.args = []string{choose(t, "activity", "a", "b", "c", "d", "e"), choose(t, "eager", "", "eager")}
	}
	return commandsByName[kind](nil, w)
}

func (c *chaos) failTask(t *rapid.T) proto.Message {
	if len(c.taskTokens) == 0 {
		return nil
	}
	tokens := c.taskTokens[max(0, len(c.taskTokens)-3):]
	return &workflowservice.RespondWorkflowTaskFailedRequest{
		TaskToken: rapid.SampledFrom(tokens).Draw(t, "token"), Cause: enumspb.WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE,
	}
}

func (c *chaos) activity(t *rapid.T) proto.Message {
	if len(c.activityTokens) == 0 {
		return nil
	}
	token := rapid.SampledFrom(c.activityTokens).Draw(t, "token")
	switch choose(t, "outcome", "complete", "fail", "fail", "cancel", "heartbeat") {
	case "complete":
		return &workflowservice.RespondActivityTaskCompletedRequest{TaskToken: token, Result: jsonPayloads("1")}
	case "fail":
		return &workflowservice.RespondActivityTaskFailedRequest{TaskToken: token, Failure: c.failing(t).failure(), LastHeartbeatDetails: c.details(t)}
	case "cancel":
		return &workflowservice.RespondActivityTaskCanceledRequest{TaskToken: token}
	}
	return &workflowservice.RecordActivityTaskHeartbeatRequest{TaskToken: token, Details: c.details(t)}
}

func (c *chaos) activityByID(t *rapid.T) proto.Message {
	id := choose(t, "activity", "a", "b", "c", "d", "e")
	switch choose(t, "outcome", "complete", "fail", "cancel", "heartbeat") {
	case "complete":
		return &workflowservice.RespondActivityTaskCompletedByIdRequest{ActivityId: id}
	case "fail":
		return &workflowservice.RespondActivityTaskFailedByIdRequest{ActivityId: id, Failure: c.failing(t).failure()}
	case "cancel":
		return &workflowservice.RespondActivityTaskCanceledByIdRequest{ActivityId: id}
	}
	return &workflowservice.RecordActivityTaskHeartbeatByIdRequest{ActivityId: id, Details: c.details(t)}
}

func (c *chaos) failing(t *rapid.T) words {
	return said(map[string]string{
		"type": choose(t, "type", "", "Fatal"), "fatal": choose(t, "non-retryable", "", "", "yes"), "next-delay": choose(t, "next delay", "", "0s", "7s"),
	})
}

func (c *chaos) details(t *rapid.T) *commonpb.Payloads {
	if rapid.Bool().Draw(t, "details") {
		return jsonPayloads("7")
	}
	return nil
}
