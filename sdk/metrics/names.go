package metrics

// Kind is what a metric is.
type Kind string

// The kinds of metrics.
const (
	CounterKind Kind = "counter"
	GaugeKind   Kind = "gauge"
	TimerKind   Kind = "timer"
)

// Metrics of clients and workers.
const (
	Request            = "temporal_request"
	RequestFailure     = "temporal_request_failure"
	RequestLatency     = "temporal_request_latency"
	LongRequest        = "temporal_long_request"
	LongRequestFailure = "temporal_long_request_failure"
	LongRequestLatency = "temporal_long_request_latency"
)

// Metrics of workers.
const (
	WorkerStart              = "temporal_worker_start"
	NumPollers               = "temporal_num_pollers"
	WorkerTaskSlotsAvailable = "temporal_worker_task_slots_available"
	WorkerTaskSlotsUsed      = "temporal_worker_task_slots_used"

	StickyCacheHit                 = "temporal_sticky_cache_hit"
	StickyCacheMiss                = "temporal_sticky_cache_miss"
	StickyCacheSize                = "temporal_sticky_cache_size"
	StickyCacheTotalForcedEviction = "temporal_sticky_cache_total_forced_eviction"

	WorkflowTaskScheduleToStartLatency = "temporal_workflow_task_schedule_to_start_latency"
	WorkflowTaskExecutionLatency       = "temporal_workflow_task_execution_latency"
	WorkflowTaskExecutionFailed        = "temporal_workflow_task_execution_failed"
	WorkflowCompleted                  = "temporal_workflow_completed"
	WorkflowFailed                     = "temporal_workflow_failed"
	WorkflowCanceled                   = "temporal_workflow_canceled"
	WorkflowContinueAsNew              = "temporal_workflow_continue_as_new"
	WorkflowEndToEndLatency            = "temporal_workflow_endtoend_latency"

	ActivityScheduleToStartLatency = "temporal_activity_schedule_to_start_latency"
	ActivityExecutionLatency       = "temporal_activity_execution_latency"
	ActivityExecutionFailed        = "temporal_activity_execution_failed"
	ActivitySucceedEndToEndLatency = "temporal_activity_succeed_endtoend_latency"
	UnregisteredActivityInvocation = "temporal_unregistered_activity_invocation"
)

// Tags of these metrics.
const (
	NamespaceTag     = "namespace"
	TaskQueueTag     = "task_queue"
	WorkerTypeTag    = "worker_type"
	PollerTypeTag    = "poller_type"
	WorkflowTypeTag  = "workflow_type"
	ActivityTypeTag  = "activity_type"
	OperationTag     = "operation"
	StatusCodeTag    = "status_code"
	FailureReasonTag = "failure_reason"
)

// Description is one metric, with the names of its tags.
type Description struct {
	Name string
	Kind Kind
	Tags []string
}

// Descriptions are those of all metrics that clients and workers make.
func Descriptions() []Description {
	client := []string{NamespaceTag, OperationTag}
	worker := []string{NamespaceTag, TaskQueueTag}
	slots := append(worker[:2:2], WorkerTypeTag)
	workflow, activity := append(worker[:2:2], WorkflowTypeTag), append(worker[:2:2], ActivityTypeTag)
	return []Description{
		{Request, CounterKind, client},
		{RequestFailure, CounterKind, append(client[:2:2], StatusCodeTag)},
		{RequestLatency, TimerKind, client},
		{LongRequest, CounterKind, client},
		{LongRequestFailure, CounterKind, append(client[:2:2], StatusCodeTag)},
		{LongRequestLatency, TimerKind, client},
		{WorkerStart, CounterKind, worker},
		{NumPollers, GaugeKind, append(worker[:2:2], PollerTypeTag)},
		{WorkerTaskSlotsAvailable, GaugeKind, slots},
		{WorkerTaskSlotsUsed, GaugeKind, slots},
		{StickyCacheHit, CounterKind, worker},
		{StickyCacheMiss, CounterKind, worker},
		{StickyCacheSize, GaugeKind, worker},
		{StickyCacheTotalForcedEviction, CounterKind, worker},
		{WorkflowTaskScheduleToStartLatency, TimerKind, workflow},
		{WorkflowTaskExecutionLatency, TimerKind, workflow},
		{WorkflowTaskExecutionFailed, CounterKind, append(workflow[:3:3], FailureReasonTag)},
		{WorkflowCompleted, CounterKind, workflow},
		{WorkflowFailed, CounterKind, workflow},
		{WorkflowCanceled, CounterKind, workflow},
		{WorkflowContinueAsNew, CounterKind, workflow},
		{WorkflowEndToEndLatency, TimerKind, workflow},
		{ActivityScheduleToStartLatency, TimerKind, activity},
		{ActivityExecutionLatency, TimerKind, activity},
		{ActivityExecutionFailed, CounterKind, activity},
		{ActivitySucceedEndToEndLatency, TimerKind, activity},
		{UnregisteredActivityInvocation, CounterKind, worker},
	}
}
