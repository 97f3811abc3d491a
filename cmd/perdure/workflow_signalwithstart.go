package main

import (
	"context"

	"github.com/spf13/cobra"
	"go.temporal.io/api/workflowservice/v1"
)

type workflowSignalWithStart struct {
	workflowStart
	name   string
	signal input
}

func newWorkflowSignalWithStart(g *global) *cobra.Command {
	o := &workflowSignalWithStart{}
	c := &cobra.Command{
		Use:   "signal-with-start",
		Short: "Send a signal to a workflow, which is started for it if it is not open",
		Example: `  perdure workflow signal-with-start --type Cart --task-queue shop --workflow-id cart-7 --signal-name add --signal-input '{"item": "tea"}'
  perdure workflow signal-with-start --type Cart -t shop -w cart-7 -i '{"customer": "ann"}' --signal-name add --signal-input-file item.json`,
		RunE: func(c *cobra.Command, _ []string) error {
			request, err := o.request(g)
			if err != nil {
				return err
			}
			return g.connected(c.Context(), func(ctx context.Context, s *session) error { return s.signalWithStart(ctx, request) })
		},
	}
	flags := c.Flags()
	o.register(flags)
	flags.StringVar(&o.name, "signal-name", "", "name of the signal")
	o.signal.registerAs(flags, "signal-input", "", "signal's input")
	needs(c, "type", "task-queue", "workflow-id", "signal-name")
	return c
}

func (o *workflowSignalWithStart) request(g *global) (*workflowservice.SignalWithStartWorkflowExecutionRequest, error) {
	start, err := o.workflowStart.request(g)
	if err != nil {
		return nil, err
	}
	signal, err := o.signal.payloads(g.io.in)
	if err != nil {
		return nil, err
	}
	return &workflowservice.SignalWithStartWorkflowExecutionRequest{
		Namespace:                start.Namespace,
		WorkflowId:               start.WorkflowId,
		WorkflowType:             start.WorkflowType,
		TaskQueue:                start.TaskQueue,
		Input:                    start.Input,
		WorkflowExecutionTimeout: start.WorkflowExecutionTimeout,
		WorkflowRunTimeout:       start.WorkflowRunTimeout,
		WorkflowTaskTimeout:      start.WorkflowTaskTimeout,
		Identity:                 start.Identity,
		RequestId:                start.RequestId,
		WorkflowIdReusePolicy:    start.WorkflowIdReusePolicy,
		WorkflowIdConflictPolicy: start.WorkflowIdConflictPolicy,
		SignalName:               o.name,
		SignalInput:              signal,
		RetryPolicy:              start.RetryPolicy,
		CronSchedule:             start.CronSchedule,
		Memo:                     start.Memo,
		SearchAttributes:         start.SearchAttributes,
		WorkflowStartDelay:       start.WorkflowStartDelay,
		UserMetadata:             start.UserMetadata,
	}, nil
}

func (s *session) signalWithStart(ctx context.Context, request *workflowservice.SignalWithStartWorkflowExecutionRequest) error {
	reply := &workflowservice.SignalWithStartWorkflowExecutionResponse{}
	if err := s.call(ctx, "SignalWithStartWorkflowExecution", request, reply); err != nil {
		return err
	}
	return s.showStarted(request, reply.GetRunId(), reply.GetStarted())
}
