package machine_test

import (
	"fmt"

	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	updatepb "go.temporal.io/api/update/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/callpb"
	"github.com/perdure/perdure/api/workerpb"
	"github.com/perdure/perdure/history/machine"
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

// someLimits are mostly the usual ones, and now and then such that a workflow soon meets them.
func someLimits(t *rapid.T) *api.Limits {
	set := map[string]int64{}
	if rapid.IntRange(0, 3).Draw(t, "limited") == 0 {
		for name, low := range map[string]int64{
			"historyCount.error": 30, "historySize.error": 2 << 10, "historyCount.suggestContinueAsNew": 10, "maximumSignalsPerExecution": 4,
			"numPendingActivities.error": 2, "maximumBufferedEventsBatch": 3, "blobSize.error": 20,
		} {
			if rapid.Bool().Draw(t, name) {
				set[name] = low
			}
		}
	}
	return api.LimitsOf(set)
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

func (c *chaos) start(t *rapid.T) proto.Message {
	w := c.startWords(t)
	if rapid.IntRange(0, 2).Draw(t, "eager") == 0 {
		w.args = []string{"eager"}
	}
	if attach := choose(t, "attach", "", "", "attach", "attach-nothing"); attach != "" {
		w.args = append(w.args, attach)
	}
	return startRequest(w)
}

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
		if !c.world.run().Open() { // it had outgrown its limits
			return
		}
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
	c.answerUpdates(t, q)
	q.BinaryChecksum = choose(t, "checksum", "", "", "v1", "v2")
	if build := choose(t, "build", "", "", "b1", "b2"); build != "" {
		q.WorkerVersionStamp = &commonpb.WorkerVersionStamp{BuildId: build}
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
	kind := choose(t, "command", "activity", "activity", "activity", "timer", "timer", "cancel-timer", "cancel-activity", "cancel-activity", "marker", "upsert", "memo",
		"child", "child", "signal-external", "cancel-external")
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
	case "child":
		w.args, w.named["policy"] = []string{choose(t, "child", "c1", "c2", "wf")}, choose(t, "policy", "", "abandon", "request-cancel")
	case "signal-external", "cancel-external":
		w.args = []string{choose(t, "target", "c1", "other"), "go"}
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

// answerCall answers a call that was let out, or has another workflow call.
func (c *chaos) answerCall(t *rapid.T) {
	keys := sortedCalls(c.world.calls)
	if len(keys) == 0 {
		return
	}
	call := c.world.calls[rapid.SampledFrom(keys).Draw(t, "call")]
	reply := &workflowservice.StartWorkflowExecutionResponse{RunId: "child-run"}
	outcome, again := machine.Outcome(call, reply, callError(choose(t, "error", "", "", "", "down", "not-found", "already-started", "no-namespace", "invalid", "fault")))
	if !again {
		c.must(t, c.world.answered(call, outcome))
	}
}

// childEnds tells a parent of the end of one of its children, or of what is none.
func (c *chaos) childEnds(t *rapid.T) proto.Message {
	run := c.world.run()
	if run == nil {
		return nil
	}
	w := words{named: map[string]string{"close": choose(t, "close", "complete", "fail", "cancel", "time-out", "terminate")}}
	q := &callpb.ChildClosedRequest{
		Execution:        &commonpb.WorkflowExecution{WorkflowId: workflowID, RunId: run.RunID()},
		InitiatedEventId: int64(rapid.IntRange(1, 40).Draw(t, "initiated")), FirstRunId: "child-run", CloseEvent: childClose(w),
	}
	if pending := run.Describe(c.world.now).PendingChildren; len(pending) > 0 {
		child := rapid.SampledFrom(pending).Draw(t, "child")
		q.InitiatedEventId, q.Child = child.InitiatedId, &commonpb.WorkflowExecution{WorkflowId: child.WorkflowId, RunId: "last-run"}
	}
	return q
}

// called is a request of another workflow.
func (c *chaos) called(t *rapid.T) proto.Message {
	caller := &callpb.Caller{
		Execution:        &commonpb.WorkflowExecution{WorkflowId: "parent", RunId: choose(t, "caller", "p1", "p2")},
		InitiatedEventId: int64(rapid.IntRange(1, 3).Draw(t, "initiated")),
	}
	target := &commonpb.WorkflowExecution{WorkflowId: workflowID}
	childOnly := rapid.Bool().Draw(t, "child only")
	switch choose(t, "call", "start", "signal", "cancel", "parent closed") {
	case "start":
		q := startRequest(c.startWords(t))
		return &callpb.StartChildRequest{
			Execution: target, Parent: caller, Root: caller.Execution,
			Attributes: &historypb.StartChildWorkflowExecutionInitiatedEventAttributes{
				WorkflowId: workflowID, WorkflowType: q.WorkflowType, TaskQueue: q.TaskQueue, RetryPolicy: q.RetryPolicy,
				WorkflowExecutionTimeout: q.WorkflowExecutionTimeout, WorkflowRunTimeout: q.WorkflowRunTimeout,
				WorkflowTaskTimeout: q.WorkflowTaskTimeout, WorkflowIdReusePolicy: q.WorkflowIdReusePolicy,
			},
		}
	case "signal":
		return &callpb.SignalExternalRequest{Execution: target, Caller: caller, Attributes: &historypb.SignalExternalWorkflowExecutionInitiatedEventAttributes{SignalName: "go", ChildWorkflowOnly: childOnly}}
	case "cancel":
		return &callpb.CancelExternalRequest{Execution: target, Caller: caller, Attributes: &historypb.RequestCancelExternalWorkflowExecutionInitiatedEventAttributes{ChildWorkflowOnly: childOnly}}
	}
	return &callpb.ParentClosedRequest{Execution: target, Parent: caller, Policy: enumspb.ParentClosePolicy(rapid.IntRange(1, 3).Draw(t, "policy"))}
}

// reset resets a run of the workflow, now and then to where it cannot be.
func (c *chaos) reset(t *rapid.T) {
	runs := c.world.runs()
	if len(runs) == 0 || len(runs) > 12 || rapid.IntRange(0, 4).Draw(t, "reset") != 0 {
		return
	}
	base := rapid.SampledFrom(runs).Draw(t, "base")
	if base != c.world.run() {
		c.world.chain = c.world.chainFrom(base.RunID())
	}
	c.ask(t, &workflowservice.ResetWorkflowExecutionRequest{
		RequestId: c.requestID(t), WorkflowTaskFinishEventId: int64(rapid.IntRange(0, int(base.LastEventID())+1).Draw(t, "event")),
		ResetReapplyType:         enumspb.ResetReapplyType(rapid.IntRange(0, 3).Draw(t, "reapply")),
		ResetReapplyExcludeTypes: rapid.SliceOfDistinct(rapid.Map(rapid.Int32Range(0, 4), func(x int32) enumspb.ResetReapplyExcludeType { return enumspb.ResetReapplyExcludeType(x) }), rapid.ID).Draw(t, "exclude"),
		PostResetOperations:      words{named: map[string]string{"signal": choose(t, "then", "", "", "then"), "priority": choose(t, "priority", "", "", "4")}}.postReset(),
	})
	c.world.chain = nil
	for _, event := range eventsOf(c.world.run()) { // what came again was seen by the new run
		if a := event.GetWorkflowExecutionSignaledEventAttributes(); a.GetRequestId() != "" {
			c.seen[c.world.run().RunID()+"/"+a.RequestId] = true
		}
	}
}

func (c *chaos) update(t *rapid.T) proto.Message {
	return &workflowservice.UpdateWorkflowExecutionRequest{
		WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: workflowID},
		Request:           updateRequest(words{args: []string{choose(t, "update", "u1", "u2", "u3", "u4")}}),
	}
}

func (c *chaos) updateWithStart(t *rapid.T) proto.Message {
	w := c.startWords(t)
	w.args = []string{choose(t, "update", "u1", "u2", "u3", "u4")}
	return updateWithStartRequest(w)
}

// pollUpdate checks that what was said of an update is never taken back.
func (c *chaos) pollUpdate(t *rapid.T) {
	run := c.world.run()
	if run == nil {
		return
	}
	id := choose(t, "update", "u1", "u2", "u3", "u4")
	reply, err := run.FindUpdate(&workflowservice.PollWorkflowExecutionUpdateRequest{UpdateRef: &updatepb.UpdateRef{UpdateId: id}})
	key, stage := run.RunID()+"/"+id, enumspb.UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_UNSPECIFIED
	if err == nil {
		stage = reply.(*workflowservice.PollWorkflowExecutionUpdateResponse).Stage
	}
	if before := c.stages[key]; stage < before && before > enumspb.UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_ADMITTED {
		t.Fatalf("update %s was %s and is %s\n%s", key, before, stage, c.story())
	}
	c.stages[key] = stage
}

// answerUpdates answers some of the updates that the latest task has taken along, or that were answered before, not all of them well.
func (c *chaos) answerUpdates(t *rapid.T, q *workflowservice.RespondWorkflowTaskCompletedRequest) {
	s := &script{world: c.world}
	for _, id := range []string{"u1", "u2", "u3", "u4"} {
		for _, kind := range []string{"accept", "respond", "reject"} {
			if rapid.IntRange(0, 5).Draw(t, kind+" "+id) != 0 {
				continue
			}
			w := words{args: []string{id, choose(t, "alone", "", "alone")}, named: map[string]string{"name": choose(t, "request", "", "add")}}
			if command := updateCommands[kind](s, w); command != nil {
				q.Commands = append([]*commandpb.Command{command}, q.Commands...)
			}
		}
	}
	q.Messages = s.messages
	if rapid.Bool().Draw(t, "discards") {
		q.Capabilities = &workflowservice.RespondWorkflowTaskCompletedRequest_Capabilities{DiscardSpeculativeWorkflowTaskWithEvents: true}
	}
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
