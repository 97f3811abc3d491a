package main

import (
	"cmp"
	"context"
	"encoding/json"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	updatepb "go.temporal.io/api/update/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/internal/render"
)

const (
	updateAccepted  = enumspb.UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_ACCEPTED
	updateCompleted = enumspb.UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_COMPLETED
)

func newWorkflowUpdate(g *global) *cobra.Command {
	return group("update", "Ask a workflow to change, and see what came of it",
		newUpdateExecute(g), newUpdateStart(g), newUpdateDescribe(g), newUpdateResult(g))
}

type workflowUpdate struct {
	execution
	name, updateID, firstRunID string
	input                      input
}

func newUpdateExecute(g *global) *cobra.Command {
	var o workflowUpdate
	return o.command(g, updateCompleted, &cobra.Command{
		Use:   "execute",
		Short: "Ask a workflow to change and wait for what its code answers",
		Long: `Ask a workflow to change and wait for what its code answers, as long as that takes. An update of an id that the workflow
knows is not carried out again: its answer is shown. The exit code is 1 when the code has rejected or failed the update.`,
		Example: `  perdure workflow update execute --workflow-id account-1 --name deposit --input 25
  perdure workflow update execute -w account-1 --name deposit --update-id transfer-7 --input-file deposit.json`,
	})
}

func newUpdateStart(g *global) *cobra.Command {
	var o workflowUpdate
	return o.command(g, updateAccepted, &cobra.Command{
		Use:   "start",
		Short: "Ask a workflow to change and return when its code has accepted that",
		Long: `Ask a workflow to change and return when its code has accepted that. What comes of it tells
` + "`perdure workflow update result`" + `. The exit code is 1 when the code has rejected the update.`,
		Example: `  perdure workflow update start --workflow-id account-1 --name close --update-id close-1
  perdure workflow update result --workflow-id account-1 --update-id close-1`,
	})
}

func (o *workflowUpdate) command(g *global, stage enumspb.UpdateWorkflowExecutionLifecycleStage, c *cobra.Command) *cobra.Command {
	c.RunE = func(c *cobra.Command, _ []string) error {
		request, err := o.request(g, stage)
		if err != nil {
			return err
		}
		return g.connected(c.Context(), func(ctx context.Context, s *session) error {
			reply, err := s.update(ctx, request)
			if err != nil {
				return err
			}
			return s.showUpdate(ctx, o.name, reply, nil)
		})
	}
	o.registerAll(c.Flags())
	needs(c, "workflow-id", "name")
	return c
}

func (o *workflowUpdate) registerAll(flags *pflag.FlagSet) {
	o.register(flags)
	flags.StringVar(&o.name, "name", "", "name of the update")
	flags.StringVar(&o.updateID, "update-id", "", "id of the update (default a random one)")
	flags.StringVar(&o.firstRunID, "first-execution-run-id", "", "refuse it unless the run is of the chain that began with this one")
	o.input.register(flags)
}

func (o *workflowUpdate) request(g *global, stage enumspb.UpdateWorkflowExecutionLifecycleStage) (*workflowservice.UpdateWorkflowExecutionRequest, error) {
	payloads, err := o.input.payloads(g.io.in)
	if err != nil {
		return nil, err
	}
	return &workflowservice.UpdateWorkflowExecutionRequest{
		Namespace:           g.Namespace,
		WorkflowExecution:   o.proto(),
		FirstExecutionRunId: o.firstRunID,
		WaitPolicy:          &updatepb.WaitPolicy{LifecycleStage: stage},
		Request: &updatepb.Request{
			Meta:  &updatepb.Meta{UpdateId: cmp.Or(o.updateID, uuid.NewString()), Identity: identity()},
			Input: &updatepb.Input{Header: &commonpb.Header{}, Name: o.name, Args: payloads},
		},
	}, nil
}

// update asks under the same id until the update has come as far as is waited for.
func (s *session) update(ctx context.Context, request *workflowservice.UpdateWorkflowExecutionRequest) (*workflowservice.UpdateWorkflowExecutionResponse, error) {
	for {
		reply := &workflowservice.UpdateWorkflowExecutionResponse{}
		if err := s.wait(ctx, "UpdateWorkflowExecution", request, reply); err != nil {
			return nil, err
		}
		if reply.GetStage() >= request.GetWaitPolicy().GetLifecycleStage() {
			return reply, nil
		}
	}
}

// updateState is how far an update has come.
type updateState struct {
	WorkflowID string          `json:"workflowId"`
	RunID      string          `json:"runId"`
	UpdateID   string          `json:"updateId"`
	Name       string          `json:"name,omitempty"`
	Started    *bool           `json:"started,omitempty"`
	Stage      string          `json:"stage"`
	Result     json.RawMessage `json:"result,omitempty"`
	Failure    json.RawMessage `json:"failure,omitempty"`

	resultText, failureText string
}

// progress is what the answers about an update say.
type progress interface {
	proto.Message
	GetUpdateRef() *updatepb.UpdateRef
	GetStage() enumspb.UpdateWorkflowExecutionLifecycleStage
	GetOutcome() *updatepb.Outcome
}

// showUpdate shows how far an update has come, and whether its workflow was started for it; nil: that was not asked for.
func (s *session) showUpdate(ctx context.Context, name string, p progress, started *bool) error {
	run, outcome := p.GetUpdateRef().GetWorkflowExecution(), p.GetOutcome()
	u := &updateState{
		WorkflowID: run.GetWorkflowId(), RunID: run.GetRunId(), UpdateID: p.GetUpdateRef().GetUpdateId(), Name: name, Started: started, Stage: p.GetStage().String(),
	}
	err := s.whole(ctx, p)
	if err != nil {
		return err
	}
	switch value := outcome.GetValue().(type) {
	case *updatepb.Outcome_Success:
		u.Result, u.resultText = payloadsJSON(value.Success), render.Payloads(value.Success)
	case *updatepb.Outcome_Failure:
		u.failureText = render.Failure(value.Failure)
		u.Failure, err = encode(value.Failure)
	}
	if err != nil {
		return err
	}
	if err := s.show(u, u.lines); err != nil {
		return err
	}
	if outcome.GetFailure() != nil {
		return silentError{}
	}
	return nil
}

func (u *updateState) lines(int) []string {
	var rows render.Rows
	rows.Add("Workflow", render.OneLine(u.WorkflowID))
	rows.Add("Run", u.RunID)
	if u.Started != nil && !*u.Started {
		rows.Add("Started", "no: it was running already")
	}
	rows.Add("Update", render.OneLine(u.UpdateID))
	rows.Pair("Name", render.OneLine(u.Name))
	rows.Add("Stage", u.Stage)
	rows.Pair("Result", u.resultText)
	rows.Pair("Failure", u.failureText)
	return rows.Lines(0) // a result is shown whole, however wide the terminal is
}
