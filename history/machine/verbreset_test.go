package machine_test

import (
	"fmt"
	"strings"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"

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
