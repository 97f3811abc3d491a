package main

import (
	"context"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.temporal.io/api/workflowservice/v1"
)

type workflowSignal struct {
	execution
	name  string
	input input
}

func newWorkflowSignal(g *global) *cobra.Command {
	var o workflowSignal
	c := &cobra.Command{
		Use:     "signal",
		Short:   "Send a signal to a workflow",
		Example: `  perdure workflow signal --workflow-id order-1 --name approve --input '{"by": "ann"}'`,
		RunE: func(c *cobra.Command, _ []string) error {
			request, err := o.request(g)
			if err != nil {
				return err
			}
			return g.connected(c.Context(), func(ctx context.Context, s *session) error {
				if err := s.call(ctx, "SignalWorkflowExecution", request, &workflowservice.SignalWorkflowExecutionResponse{}); err != nil {
					return err
				}
				return s.done("signaled", &o.execution)
			})
		},
	}
	o.registerAll(c.Flags())
	needs(c, "workflow-id", "name")
	return c
}

func (o *workflowSignal) registerAll(flags *pflag.FlagSet) {
	o.register(flags)
	flags.StringVar(&o.name, "name", "", "name of the signal")
	o.input.register(flags)
}

func (o *workflowSignal) request(g *global) (*workflowservice.SignalWorkflowExecutionRequest, error) {
	payloads, err := o.input.payloads(g.io.in)
	if err != nil {
		return nil, err
	}
	return &workflowservice.SignalWorkflowExecutionRequest{
		Namespace:         g.Namespace,
		WorkflowExecution: o.proto(),
		SignalName:        o.name,
		Input:             payloads,
		Identity:          identity(),
		RequestId:         uuid.NewString(),
	}, nil
}

// done confirms what was done to a workflow.
func (s *session) done(what string, e *execution) error {
	answer := struct {
		WorkflowID string `json:"workflowId"`
		RunID      string `json:"runId,omitempty"`
		Done       string `json:"done"`
	}{e.workflowID, e.runID, what}
	return s.show(answer, func(int) []string { return []string{"Workflow " + e.workflowID + ": " + what} })
}
