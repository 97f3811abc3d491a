package machine_test

import (
	"fmt"
	"strings"

	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/perdure/perdure/history/machine"
)

// resetVerbs are about resets.
var resetVerbs = map[string]func(*script, command) error{
	// reset EVENT [run= request= reason= exclude=signal,update,... reapply=none|signal]: to a task of the latest run, or of another that was continued as the later ones
	"reset": func(s *script, c command) error {
		q := &workflowservice.ResetWorkflowExecutionRequest{
			WorkflowExecution: c.words.execution(), RequestId: c.words.named["request"], Reason: c.words.named["reason"],
			ResetReapplyType: enumspb.ResetReapplyType(enum(enumspb.ResetReapplyType_shorthandValue, c.words.named["reapply"])),
		}
		fmt.Sscan(c.words.arg(0), &q.WorkflowTaskFinishEventId)
		for _, x := range strings.FieldsFunc(c.words.named["exclude"], func(r rune) bool { return r == ',' }) {
			q.ResetReapplyExcludeTypes = append(q.ResetReapplyExcludeTypes, enumspb.ResetReapplyExcludeType(enum(enumspb.ResetReapplyExcludeType_shorthandValue, x)))
		}
		q.PostResetOperations = c.words.postReset()
		if run := c.words.named["run"]; run != "" {
			s.world.chain = s.world.chainFrom(run)
		}
		reply, err := s.request(q)
		s.world.chain = nil
		if r, ok := reply.(*workflowservice.ResetWorkflowExecutionResponse); ok {
			s.printf("run_id=%s", r.RunId)
		}
		return err
	},
}

// postReset is what is to be done to the new run: signal= input= priority=
func (w words) postReset() (operations []*workflowpb.PostResetOperation) {
	if name := w.named["signal"]; name != "" {
		operations = append(operations, &workflowpb.PostResetOperation{Variant: &workflowpb.PostResetOperation_SignalWorkflow_{
			SignalWorkflow: &workflowpb.PostResetOperation_SignalWorkflow{SignalName: name, Input: w.payloads("input")},
		}})
	}
	if w.named["priority"] != "" {
		operations = append(operations, &workflowpb.PostResetOperation{Variant: &workflowpb.PostResetOperation_UpdateWorkflowOptions_{
			UpdateWorkflowOptions: &workflowpb.PostResetOperation_UpdateWorkflowOptions{
				WorkflowExecutionOptions: &workflowpb.WorkflowExecutionOptions{Priority: w.priority()}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"priority"}},
			},
		}})
	}
	return operations
}

// chainFrom are the run of that id and those that it was continued as.
func (w *world) chainFrom(runID string) []*machine.Run {
	var chain []*machine.Run
	for _, run := range w.runs() {
		if run.RunID() != runID {
			continue
		}
		chain = append(chain, run)
		runID = run.ContinuedAs()
	}
	return chain
}
