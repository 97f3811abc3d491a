package worker

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/internal/attempt"
	"github.com/perdure/perdure/sdk/metrics"
)

// meters are what a worker tells of itself.
type meters struct {
	all                   metrics.Handler // without tags
	handler               metrics.Handler
	hits, misses          metrics.Counter
	workflowSlots         slotMeter
	activitySlots         slotMeter
	workflows, activities sync.Map        // of *workflowMeters and *activityMeters, by type
	registered            map[string]bool // workflow types; set by started
}

func newMeters(all metrics.Handler, namespace, queue string, o Options) *meters {
	h := all.WithTags(map[string]string{metrics.NamespaceTag: namespace, metrics.TaskQueueTag: queue})
	return &meters{
		all: all, handler: h, hits: h.Counter(metrics.StickyCacheHit), misses: h.Counter(metrics.StickyCacheMiss),
		workflowSlots: newSlotMeter(h, "WorkflowWorker", o.MaxConcurrentWorkflowTasks),
		activitySlots: newSlotMeter(h, "ActivityWorker", o.MaxConcurrentActivities),
	}
}

// slotMeter tells how many tasks of a kind run.
type slotMeter struct {
	limit           int64
	running         *atomic.Int64
	available, used metrics.Gauge
}

func newSlotMeter(h metrics.Handler, worker string, limit int) slotMeter {
	h = h.WithTags(map[string]string{metrics.WorkerTypeTag: worker})
	return slotMeter{int64(limit), new(atomic.Int64), h.Gauge(metrics.WorkerTaskSlotsAvailable), h.Gauge(metrics.WorkerTaskSlotsUsed)}
}

// add tells of a task that begins, or by -1 of one that ends.
func (s slotMeter) add(n int64) {
	running := s.running.Add(n)
	s.used.Update(float64(running))
	s.available.Update(float64(s.limit - running))
}

// started tells that the worker runs, with these workflow types, and stopped that it ends. Nothing else is told before.
func (m *meters) started(kinds []enumspb.TaskQueueType, workflows []string) {
	m.registered = map[string]bool{}
	for _, name := range workflows {
		m.registered[name] = true
	}
	m.handler.Counter(metrics.WorkerStart).Inc(1)
	m.workflowSlots.add(0)
	m.activitySlots.add(0)
	m.pollers(kinds, 1)
}

func (m *meters) stopped(kinds []enumspb.TaskQueueType) { m.pollers(kinds, 0) }

func (m *meters) pollers(kinds []enumspb.TaskQueueType, count float64) {
	for _, kind := range kinds {
		tags := map[string]string{metrics.PollerTypeTag: api.Kind(kind) + "_task"}
		m.handler.WithTags(tags).Gauge(metrics.NumPollers).Update(count)
	}
}

// workflowMeters are those of one workflow type.
type workflowMeters struct {
	handler                              metrics.Handler
	scheduleToStart, execution, endToEnd metrics.Timer
}

// workflow are the meters of a task's type. Those that are not registered have none of their own: what workflows are called is up to others.
func (m *meters) workflow(task *workflowservice.PollWorkflowTaskQueueResponse) *workflowMeters {
	name := task.GetWorkflowType().GetName()
	if !m.registered[name] {
		name = ""
	}
	if found, known := m.workflows.Load(name); known {
		return found.(*workflowMeters)
	}
	h := m.handler.WithTags(map[string]string{metrics.WorkflowTypeTag: name})
	found, _ := m.workflows.LoadOrStore(name, &workflowMeters{
		h, h.Timer(metrics.WorkflowTaskScheduleToStartLatency), h.Timer(metrics.WorkflowTaskExecutionLatency), h.Timer(metrics.WorkflowEndToEndLatency),
	})
	return found.(*workflowMeters)
}

// ran tells of a workflow task whose code has run, and of how long it had waited for that: its own events, the last, tell when it was
// scheduled and started.
func (m *workflowMeters) ran(task *workflowservice.PollWorkflowTaskQueueResponse, took time.Duration) {
	m.execution.Record(took)
	var started time.Time
	events := task.GetHistory().GetEvents()
	for i := len(events) - 1; i >= 0; i-- {
		switch event := events[i]; event.GetEventType() {
		case enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED:
			started = event.GetEventTime().AsTime()
		case enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED:
			if !started.IsZero() {
				m.scheduleToStart.Record(max(started.Sub(event.GetEventTime().AsTime()), 0))
			}
			return
		}
	}
}

// failed tells of a workflow task that failed.
func (m *workflowMeters) failed(cause enumspb.WorkflowTaskFailedCause) {
	reason := "WorkflowError"
	switch cause {
	case enumspb.WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR:
		reason = "NonDeterminismError"
	case enumspb.WORKFLOW_TASK_FAILED_CAUSE_GRPC_MESSAGE_TOO_LARGE:
		reason = "GrpcMessageTooLarge"
	}
	m.handler.WithTags(map[string]string{metrics.FailureReasonTag: reason}).Counter(metrics.WorkflowTaskExecutionFailed).Inc(1)
}

// closed tells of a workflow that a completed task closes, if it does. It began then.
func (m *workflowMeters) closed(completion *workflowservice.RespondWorkflowTaskCompletedRequest, began time.Time) {
	name := ""
	for _, command := range completion.GetCommands() {
		switch command.GetCommandType() {
		case enumspb.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION:
			name = metrics.WorkflowCompleted
		case enumspb.COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION:
			info := command.GetFailWorkflowExecutionCommandAttributes().GetFailure().GetApplicationFailureInfo()
			if info.GetCategory() != enumspb.APPLICATION_ERROR_CATEGORY_BENIGN {
				name = metrics.WorkflowFailed
			}
		case enumspb.COMMAND_TYPE_CANCEL_WORKFLOW_EXECUTION:
			name = metrics.WorkflowCanceled
		case enumspb.COMMAND_TYPE_CONTINUE_AS_NEW_WORKFLOW_EXECUTION:
			name = metrics.WorkflowContinueAsNew
		}
	}
	if name == "" {
		return
	}
	m.handler.Counter(name).Inc(1)
	if !began.IsZero() {
		m.endToEnd.Record(max(time.Since(began), 0))
	}
}

// activityMeters are those of one activity type.
type activityMeters struct {
	scheduleToStart, execution, endToEnd metrics.Timer
	failed                               metrics.Counter
}

// activity are the meters of a type that is registered.
func (m *meters) activity(name string) *activityMeters {
	if found, known := m.activities.Load(name); known {
		return found.(*activityMeters)
	}
	h := m.handler.WithTags(map[string]string{metrics.ActivityTypeTag: name})
	found, _ := m.activities.LoadOrStore(name, &activityMeters{
		h.Timer(metrics.ActivityScheduleToStartLatency), h.Timer(metrics.ActivityExecutionLatency), h.Timer(metrics.ActivitySucceedEndToEndLatency),
		h.Counter(metrics.ActivityExecutionFailed),
	})
	return found.(*activityMeters)
}

// ran tells of an attempt that has ended, with its error if it is one.
func (m *activityMeters) ran(info attempt.Info, took time.Duration, err error) {
	m.scheduleToStart.Record(max(info.StartedTime.Sub(info.CurrentAttemptScheduledTime), 0))
	m.execution.Record(took)
	var canceled *failure.CanceledError
	switch {
	case err == nil:
		m.endToEnd.Record(max(time.Since(info.ScheduledTime), 0))
	case errors.Is(err, activity.ErrResultPending), errors.Is(err, attempt.ErrGone), errors.As(err, &canceled), failure.IsBenign(err):
	default:
		m.failed.Inc(1)
	}
}
