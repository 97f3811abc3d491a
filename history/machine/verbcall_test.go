package machine_test

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/api/callpb"
	"github.com/perdure/perdure/history/machine"
)

// callKey is what makes a call one.
type callKey struct {
	run       string
	initiated int64
}

// callVerbs are what workflows ask of each other, and the answers.
var callVerbs = map[string]func(*script, command) error{
	// answer EVENT [run= started=RUN error=KIND]: what became of a call of the workflow; 0 is its end, which its parent is told
	"answer": func(s *script, c command) error {
		call, err := s.call(c.words)
		if err != nil {
			return err
		}
		var reply proto.Message
		if run := c.words.named["started"]; run != "" {
			reply = &workflowservice.StartWorkflowExecutionResponse{RunId: run}
		}
		return s.answer(call, reply, callError(c.words.named["error"]))
	},
	// child-closed EVENT child=ID run=RUN [first=RUN result= ... close=complete|fail|cancel|time-out|terminate message=]
	"child-closed": func(s *script, c command) error {
		initiated, _ := strconv.ParseInt(c.words.arg(0), 10, 64)
		_, err := s.request(&callpb.ChildClosedRequest{
			Execution:        &commonpb.WorkflowExecution{WorkflowId: s.world.workflow.ID, RunId: cmp.Or(c.words.named["of"], s.world.run().RunID())},
			InitiatedEventId: initiated, Child: &commonpb.WorkflowExecution{WorkflowId: c.words.named["child"], RunId: c.words.named["run"]},
			FirstRunId: cmp.Or(c.words.named["first"], c.words.named["run"]), CloseEvent: childClose(c.words),
		})
		return err
	},
	// start-child parent=RUN initiated=EVENT [type= queue= input= reuse= retry= run-timeout=]
	"start-child": func(s *script, c command) error {
		q := startRequest(c.words)
		parent := s.caller(c.words)
		reply, err := s.request(&callpb.StartChildRequest{
			Execution: &commonpb.WorkflowExecution{WorkflowId: s.world.workflow.ID}, Parent: parent, Root: parent.Execution,
			Attributes: &historypb.StartChildWorkflowExecutionInitiatedEventAttributes{
				WorkflowId: s.world.workflow.ID, WorkflowType: q.WorkflowType, TaskQueue: q.TaskQueue, Input: q.Input, Header: q.Header,
				WorkflowExecutionTimeout: q.WorkflowExecutionTimeout, WorkflowRunTimeout: q.WorkflowRunTimeout, WorkflowTaskTimeout: q.WorkflowTaskTimeout,
				WorkflowIdReusePolicy: q.WorkflowIdReusePolicy, RetryPolicy: q.RetryPolicy,
			},
		})
		if r, ok := reply.(*workflowservice.StartWorkflowExecutionResponse); ok {
			s.printf("run_id=%s", r.RunId)
		}
		return err
	},
	// parent-closed parent=RUN initiated=EVENT policy=
	"parent-closed": func(s *script, c command) error {
		_, err := s.request(&callpb.ParentClosedRequest{
			Execution: &commonpb.WorkflowExecution{WorkflowId: s.world.workflow.ID}, Parent: s.caller(c.words),
			Policy: enumspb.ParentClosePolicy(enum(enumspb.ParentClosePolicy_shorthandValue, c.words.named["policy"])),
		})
		return err
	},
	// signal-from NAME parent=RUN initiated=EVENT [by=WORKFLOW run= input= child-only]
	"signal-from": func(s *script, c command) error {
		_, err := s.request(&callpb.SignalExternalRequest{
			Execution: s.execution(c.words), Caller: s.caller(c.words),
			Attributes: &historypb.SignalExternalWorkflowExecutionInitiatedEventAttributes{SignalName: c.words.arg(0), Input: c.words.payloads("input"), ChildWorkflowOnly: c.words.has("child-only")},
		})
		return err
	},
	// cancel-from parent=RUN initiated=EVENT [by=WORKFLOW run= reason= child-only]
	"cancel-from": func(s *script, c command) error {
		_, err := s.request(&callpb.CancelExternalRequest{
			Execution: s.execution(c.words), Caller: s.caller(c.words),
			Attributes: &historypb.RequestCancelExternalWorkflowExecutionInitiatedEventAttributes{Reason: c.words.named["reason"], ChildWorkflowOnly: c.words.has("child-only")},
		})
		return err
	},
}

func init() { maps.Copy(commandsByName, callCommands) }

var callCommands = map[string]func(*script, words) *commandpb.Command{
	// child ID [type= queue= input= policy= reuse= retry= execution-timeout= run-timeout= namespace= cron= priority=]
	"child": func(_ *script, w words) *commandpb.Command {
		a := &commandpb.StartChildWorkflowExecutionCommandAttributes{
			WorkflowId: w.arg(0), WorkflowType: &commonpb.WorkflowType{Name: cmp.Or(w.named["type"], "Child")}, Input: w.payloads("input"), Header: &commonpb.Header{},
			WorkflowExecutionTimeout: orZero(w.duration("execution-timeout")), WorkflowRunTimeout: orZero(w.duration("run-timeout")), WorkflowTaskTimeout: durationpb.New(0),
			ParentClosePolicy:     enumspb.ParentClosePolicy(enum(enumspb.ParentClosePolicy_shorthandValue, w.named["policy"])),
			WorkflowIdReusePolicy: enumspb.WorkflowIdReusePolicy(enum(enumspb.WorkflowIdReusePolicy_shorthandValue, w.named["reuse"])),
			RetryPolicy:           w.retryPolicy(), InheritBuildId: true, Namespace: w.named["namespace"], CronSchedule: w.named["cron"], Priority: w.priority(),
		}
		if w.has("no-type") {
			a.WorkflowType = nil
		}
		if w.named["queue"] != "" {
			a.TaskQueue = &taskqueuepb.TaskQueue{Name: w.named["queue"]}
		}
		return newCommand(enumspb.COMMAND_TYPE_START_CHILD_WORKFLOW_EXECUTION, &commandpb.Command_StartChildWorkflowExecutionCommandAttributes{StartChildWorkflowExecutionCommandAttributes: a})
	},
	// signal-external ID NAME [run= input= namespace= child-only]
	"signal-external": func(_ *script, w words) *commandpb.Command {
		return newCommand(enumspb.COMMAND_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION, &commandpb.Command_SignalExternalWorkflowExecutionCommandAttributes{SignalExternalWorkflowExecutionCommandAttributes: &commandpb.SignalExternalWorkflowExecutionCommandAttributes{
			Namespace: w.named["namespace"], Execution: &commonpb.WorkflowExecution{WorkflowId: w.arg(0), RunId: w.named["run"]}, SignalName: w.arg(1),
			Input: w.payloads("input"), ChildWorkflowOnly: w.has("child-only"), Header: &commonpb.Header{}, Control: w.named["control"],
		}})
	},
	// cancel-external ID [run= namespace= reason= child-only]
	"cancel-external": func(_ *script, w words) *commandpb.Command {
		return newCommand(enumspb.COMMAND_TYPE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION, &commandpb.Command_RequestCancelExternalWorkflowExecutionCommandAttributes{RequestCancelExternalWorkflowExecutionCommandAttributes: &commandpb.RequestCancelExternalWorkflowExecutionCommandAttributes{
			Namespace: w.named["namespace"], WorkflowId: w.arg(0), RunId: w.named["run"], ChildWorkflowOnly: w.has("child-only"), Reason: w.named["reason"], Control: w.named["control"],
		}})
	},
}

func (s *script) caller(w words) *callpb.Caller {
	initiated, _ := strconv.ParseInt(w.named["initiated"], 10, 64)
	return &callpb.Caller{Execution: &commonpb.WorkflowExecution{WorkflowId: cmp.Or(w.named["by"], "parent"), RunId: w.named["parent"]}, InitiatedEventId: initiated}
}

func (s *script) execution(w words) *commonpb.WorkflowExecution {
	return &commonpb.WorkflowExecution{WorkflowId: s.world.workflow.ID, RunId: w.named["run"]}
}

// call is a call that was let out, whose answer is the next.
func (s *script) call(w words) (*machine.Call, error) {
	initiated, err := strconv.ParseInt(w.arg(0), 10, 64)
	if err != nil {
		return nil, err
	}
	key := callKey{cmp.Or(w.named["run"], s.world.run().RunID()), initiated}
	call := s.world.calls[key]
	if call == nil {
		return nil, fmt.Errorf("no call %+v", key)
	}
	return call, nil
}

// answer tells the workflow what became of a call.
func (s *script) answer(call *machine.Call, reply proto.Message, err error) error {
	outcome, again := machine.Outcome(call, reply, err)
	if again {
		s.printf("it is called again")
		return nil
	}
	return s.world.answered(call, outcome)
}

// answered tells the run that called; the answer to a closed one is not recorded.
func (w *world) answered(call *machine.Call, outcome *callpb.CallOutcome) error {
	key := callKey{call.RunID, call.Initiated}
	for _, run := range w.runs() {
		if run.RunID() == call.RunID && !run.Open() {
			run.Answered(call.Initiated)
			delete(w.calls, key)
			return nil
		}
	}
	_, refusal, fault := w.decide(outcome)
	delete(w.calls, key)
	return errors.Join(refusal, fault)
}

func callError(kind string) error {
	switch kind {
	case "":
		return nil
	case "not-found":
		return serviceerror.NewNotFound("there is none")
	case "already-started":
		return serviceerror.NewWorkflowExecutionAlreadyStarted("it is there", "", "")
	case "no-namespace":
		return serviceerror.NewNamespaceNotFound("other")
	case "invalid":
		return serviceerror.NewInvalidArgument("too many")
	case "fault":
		return serviceerror.NewInternal("a fault")
	case "corrupt":
		return serviceerror.NewDataLoss("corrupt")
	}
	return serviceerror.NewUnavailable(kind)
}

// childClose is the last event of a child.
func childClose(w words) *historypb.HistoryEvent {
	switch w.named["close"] {
	case "fail":
		return &historypb.HistoryEvent{Attributes: &historypb.HistoryEvent_WorkflowExecutionFailedEventAttributes{WorkflowExecutionFailedEventAttributes: &historypb.WorkflowExecutionFailedEventAttributes{
			Failure: w.failure(), RetryState: enumspb.RETRY_STATE_RETRY_POLICY_NOT_SET,
		}}}
	case "cancel":
		return &historypb.HistoryEvent{Attributes: &historypb.HistoryEvent_WorkflowExecutionCanceledEventAttributes{WorkflowExecutionCanceledEventAttributes: &historypb.WorkflowExecutionCanceledEventAttributes{Details: w.payloads("details")}}}
	case "time-out":
		return &historypb.HistoryEvent{Attributes: &historypb.HistoryEvent_WorkflowExecutionTimedOutEventAttributes{WorkflowExecutionTimedOutEventAttributes: &historypb.WorkflowExecutionTimedOutEventAttributes{
			RetryState: enumspb.RETRY_STATE_RETRY_POLICY_NOT_SET,
		}}}
	case "terminate":
		return &historypb.HistoryEvent{Attributes: &historypb.HistoryEvent_WorkflowExecutionTerminatedEventAttributes{WorkflowExecutionTerminatedEventAttributes: &historypb.WorkflowExecutionTerminatedEventAttributes{}}}
	}
	return &historypb.HistoryEvent{Attributes: &historypb.HistoryEvent_WorkflowExecutionCompletedEventAttributes{WorkflowExecutionCompletedEventAttributes: &historypb.WorkflowExecutionCompletedEventAttributes{Result: w.payloads("result")}}}
}

// printCalls prints the calls that were let out by the last command.
func (s *script) printCalls(before map[callKey]*machine.Call) {
	for _, key := range sortedCalls(s.world.calls) {
		if call := s.world.calls[key]; before[key] == nil || before[key].Request.ProtoReflect().Descriptor() != call.Request.ProtoReflect().Descriptor() {
			s.printf("calls for event %d: %s %s", key.initiated, call.Request.ProtoReflect().Descriptor().Name(), printMessage(call.Request.ProtoReflect()))
		}
	}
}

func sortedCalls(calls map[callKey]*machine.Call) []callKey {
	return slices.SortedFunc(maps.Keys(calls), func(a, b callKey) int {
		return cmp.Or(strings.Compare(a.run, b.run), cmp.Compare(a.initiated, b.initiated))
	})
}

// takeCalls takes what has become due.
func (w *world) takeCalls() {
	for _, run := range w.runs() {
		if !run.Open() { // what it has called as an open one is over
			maps.DeleteFunc(w.calls, func(key callKey, _ *machine.Call) bool { return key.run == run.RunID() && len(run.Calls()) == 0 })
		}
		for _, call := range run.OwedCalls() {
			w.calls[callKey{call.RunID, call.Initiated}] = call
			w.called[run.RunID()] = true
		}
	}
}

// sameCall compares what two calls ask for. A child's priority is that of its parent at the time, which may change.
func sameCall(a, b *machine.Call) bool {
	x, y := proto.Clone(a.Request), proto.Clone(b.Request)
	for _, request := range []proto.Message{x, y} {
		if start, is := request.(*callpb.StartChildRequest); is {
			start.Priority = nil
		}
	}
	return proto.Equal(x, y)
}

// checkCalls checks that what was let out and has no answer is what a new owner would call, and nothing else.
func (w *world) checkCalls() error {
	outstanding := map[callKey]bool{}
	for _, run := range w.runs() {
		again := run
		if run.Open() {
			restored, err := restore(run)
			if err != nil {
				return err
			}
			again = restored
		}
		for _, call := range again.Calls() {
			key := callKey{call.RunID, call.Initiated}
			outstanding[key] = true
			if made := w.calls[key]; made == nil || !sameCall(made, call) {
				return fmt.Errorf("call %+v is outstanding and was never let out so:\n%v\n%v", key, call.Request, made)
			}
		}
		if run.OwesCalls() != (len(again.Calls()) > 0) {
			return fmt.Errorf("run %s owes calls: %t, of %d", run.RunID(), run.OwesCalls(), len(again.Calls()))
		}
	}
	for key := range w.calls {
		if !outstanding[key] {
			delete(w.calls, key) // it was overtaken: the child's end came before its start
		}
	}
	return nil
}
