package main

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/spf13/cobra"
	enumspb "go.temporal.io/api/enums/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/internal/render"
)

func newTaskQueue(g *global) *cobra.Command {
	return group("task-queue", "Look at task queues", newTaskQueueDescribe(g))
}

type taskQueueDescribe struct {
	queue string
	types []string
	watch duration
}

func newTaskQueueDescribe(g *global) *cobra.Command {
	var o taskQueueDescribe
	c := &cobra.Command{
		Use:   "describe",
		Short: "Show a task queue's backlog, how busy it is, and who polls it",
		Long: `Show a task queue's backlog, the age of its oldest task, the tasks that were added and dispatched a second
in the last half minute, and who polls it. Tasks that go straight to a worker are in no queue and do not count.`,
		Example: `  perdure task-queue describe --task-queue checkout
  perdure task-queue describe --task-queue checkout --watch=10s
  perdure task-queue describe --task-queue checkout --task-queue-type activity --output json`,
		RunE: func(c *cobra.Command, _ []string) error {
			requests, err := o.requests(g.Namespace)
			if err != nil {
				return err
			}
			return g.connected(c.Context(), func(ctx context.Context, s *session) error {
				return s.watchQueue(ctx, requests, time.Duration(o.watch))
			})
		},
	}
	c.Flags().StringVarP(&o.queue, "task-queue", "t", "", "name of the task queue")
	c.Flags().StringSliceVar(&o.types, "task-queue-type", []string{"workflow", "activity"}, "kinds of tasks to show: workflow, activity")
	choose(c.Flags(), "task-queue-type", "workflow", "activity")
	durationFlag(c.Flags(), &o.watch, "watch", "show it again and again, after this time, until interrupted")
	c.Flags().Lookup("watch").NoOptDefVal = "2s"
	needs(c, "task-queue")
	return c
}

// requests are one for each kind of tasks.
func (o *taskQueueDescribe) requests(namespace string) ([]*workflowservice.DescribeTaskQueueRequest, error) {
	var requests []*workflowservice.DescribeTaskQueueRequest
	for _, name := range o.types {
		var kind enumspb.TaskQueueType
		switch strings.ToLower(name) {
		case "workflow":
			kind = enumspb.TASK_QUEUE_TYPE_WORKFLOW
		case "activity":
			kind = enumspb.TASK_QUEUE_TYPE_ACTIVITY
		default:
			return nil, usagef("--task-queue-type %s: use workflow or activity", name)
		}
		requests = append(requests, &workflowservice.DescribeTaskQueueRequest{
			Namespace:     namespace,
			TaskQueue:     &taskqueuepb.TaskQueue{Name: o.queue, Kind: enumspb.TASK_QUEUE_KIND_NORMAL},
			TaskQueueType: kind,
			ReportStats:   true,
		})
	}
	return requests, nil
}

// watchQueue describes the queue, again and again if there is a time for it.
func (s *session) watchQueue(ctx context.Context, requests []*workflowservice.DescribeTaskQueueRequest, every time.Duration) error {
	for {
		if err := s.describeQueue(ctx, requests); err != nil || every == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(every):
		}
		if s.Output == outputText {
			if err := s.lines(""); err != nil {
				return err
			}
		}
	}
}

func (s *session) describeQueue(ctx context.Context, requests []*workflowservice.DescribeTaskQueueRequest) error {
	var kinds []render.TaskQueue
	answers := map[string]json.RawMessage{}
	for _, request := range requests {
		reply := &workflowservice.DescribeTaskQueueResponse{}
		if err := s.call(ctx, "DescribeTaskQueue", request, reply); err != nil {
			return err
		}
		encoded, err := encode(reply)
		if err != nil {
			return err
		}
		answers[strings.ToLower(request.GetTaskQueueType().String())] = encoded
		kinds = append(kinds, render.TaskQueue{Type: request.GetTaskQueueType(), Description: reply})
	}
	return s.show(answers, func(width int) []string { return render.TaskQueues(kinds, time.Now(), width) })
}
