package main

import (
	"context"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/internal/render"
)

type workflowStart struct {
	workflowID, kind, queue      string
	input                        input
	executionTimeout, runTimeout duration
	taskTimeout, startDelay      duration
	reuse                        *enum[enumspb.WorkflowIdReusePolicy]
	conflict                     *enum[enumspb.WorkflowIdConflictPolicy]
	cron                         string
	memo, searchAttributes       []string
	summary, details             string
	retry                        retry
}

func newWorkflowStart(g *global) *cobra.Command {
	o := &workflowStart{}
	c := &cobra.Command{
		Use:   "start",
		Short: "Start a workflow and return at once",
		Example: `  perdure workflow start --type Checkout --task-queue checkout --workflow-id order-1 --input '{"total": 25}'
  perdure workflow start --type Checkout -t checkout -w order-2 --input-file order.json --id-conflict-policy UseExisting
  perdure workflow start --type Report -t reports -w nightly --cron 'CRON_TZ=Europe/Berlin 0 3 * * *'
  perdure workflow result -w order-1`,
		RunE: func(c *cobra.Command, _ []string) error {
			if o.workflowID == "" && c.Flags().Changed("workflow-id") {
				return usagef("--workflow-id is empty: give an id, or leave the flag out for a random one")
			}
			request, err := o.request(g)
			if err != nil {
				return err
			}
			return g.connected(c.Context(), func(ctx context.Context, s *session) error { return s.startWorkflow(ctx, request) })
		},
	}
	o.register(c.Flags())
	needs(c, "type", "task-queue")
	return c
}

func (o *workflowStart) register(flags *pflag.FlagSet) {
	flags.StringVarP(&o.workflowID, "workflow-id", "w", "", "id of the workflow (default a random one)")
	flags.StringVar(&o.kind, "type", "", "type of the workflow")
	flags.StringVarP(&o.queue, "task-queue", "t", "", "task queue of its workers")
	o.input.register(flags)
	durationFlag(flags, &o.executionTimeout, "execution-timeout", "longest time of all its runs together (default none)")
	durationFlag(flags, &o.runTimeout, "run-timeout", "longest time of one run (default the execution timeout)")
	durationFlag(flags, &o.taskTimeout, "task-timeout", "longest time of one workflow task (default 10s)")
	durationFlag(flags, &o.startDelay, "start-delay", "wait before the first workflow task (default none)")
	flags.StringVar(&o.cron, "cron", "", `run it again and again by this schedule, as "0 3 * * *" or "@every 1h"; in UTC unless CRON_TZ=... stands before it`)
	o.reuse = enumFlag(flags, "id-reuse-policy", "if the id was used by a workflow that is closed",
		"AllowDuplicate, AllowDuplicateFailedOnly, RejectDuplicate, TerminateIfRunning", enumspb.WorkflowIdReusePolicyFromString)
	o.conflict = enumFlag(flags, "id-conflict-policy", "if the id is used by a workflow that is open",
		"Fail, UseExisting, TerminateExisting", enumspb.WorkflowIdConflictPolicyFromString)
	flags.StringArrayVar(&o.memo, "memo", nil, "KEY=JSON to keep with it; several times for several")
	flags.StringArrayVar(&o.searchAttributes, "search-attribute", nil, "KEY=JSON to find it by, one of the namespace's search attributes; several times for several")
	flags.StringVar(&o.summary, "static-summary", "", "one line about it, for people")
	flags.StringVar(&o.details, "static-details", "", "text about it, for people")
	o.retry.register(flags)
}

func (o *workflowStart) request(g *global) (*workflowservice.StartWorkflowExecutionRequest, error) {
	payloads, err := o.input.payloads(g.io.in)
	if err != nil {
		return nil, err
	}
	memo, err := fields("memo", o.memo)
	if err != nil {
		return nil, err
	}
	attributes, err := fields("search-attribute", o.searchAttributes)
	if err != nil {
		return nil, err
	}
	policy, err := o.retry.policy()
	if err != nil {
		return nil, err
	}
	request := &workflowservice.StartWorkflowExecutionRequest{
		Namespace:                g.Namespace,
		WorkflowId:               o.workflowID,
		WorkflowType:             &commonpb.WorkflowType{Name: o.kind},
		TaskQueue:                &taskqueuepb.TaskQueue{Name: o.queue, Kind: enumspb.TASK_QUEUE_KIND_NORMAL},
		Input:                    payloads,
		WorkflowExecutionTimeout: o.executionTimeout.proto(),
		WorkflowRunTimeout:       o.runTimeout.proto(),
		WorkflowTaskTimeout:      o.taskTimeout.proto(),
		WorkflowStartDelay:       o.startDelay.proto(),
		CronSchedule:             o.cron,
		WorkflowIdReusePolicy:    o.reuse.value,
		WorkflowIdConflictPolicy: o.conflict.value,
		RetryPolicy:              policy,
		Identity:                 identity(),
		RequestId:                uuid.NewString(),
	}
	if request.WorkflowId == "" {
		request.WorkflowId = uuid.NewString()
	}
	if memo != nil {
		request.Memo = &commonpb.Memo{Fields: memo}
	}
	if attributes != nil {
		request.SearchAttributes = &commonpb.SearchAttributes{IndexedFields: attributes}
	}
	if o.summary != "" || o.details != "" {
		request.UserMetadata = &sdkpb.UserMetadata{Summary: textPayload(o.summary), Details: textPayload(o.details)}
	}
	return request, nil
}

func (s *session) startWorkflow(ctx context.Context, request *workflowservice.StartWorkflowExecutionRequest) error {
	reply := &workflowservice.StartWorkflowExecutionResponse{}
	if err := s.call(ctx, "StartWorkflowExecution", request, reply); err != nil {
		return err
	}
	return s.showStarted(request, reply.GetRunId(), reply.GetStarted())
}

// starting is what the requests that start workflows have.
type starting interface {
	GetWorkflowId() string
	GetWorkflowType() *commonpb.WorkflowType
	GetTaskQueue() *taskqueuepb.TaskQueue
}

func (s *session) showStarted(request starting, runID string, started bool) error {
	answer := struct {
		WorkflowID string `json:"workflowId"`
		RunID      string `json:"runId"`
		Type       string `json:"type"`
		Namespace  string `json:"namespace"`
		TaskQueue  string `json:"taskQueue"`
		Started    bool   `json:"started"`
	}{request.GetWorkflowId(), runID, request.GetWorkflowType().GetName(), s.Namespace, request.GetTaskQueue().GetName(), started}
	return s.show(answer, func(width int) []string {
		var rows render.Rows
		rows.Add("Workflow", render.OneLine(answer.WorkflowID))
		rows.Add("Run", answer.RunID)
		rows.Add("Type", render.OneLine(answer.Type))
		rows.Add("Task queue", render.OneLine(answer.TaskQueue))
		if !answer.Started {
			rows.Add("Started", "no: it was running already")
		}
		return rows.Lines(width)
	})
}
