package matching

import (
	"go.temporal.io/api/workflowservice/v1"
)

// Sticky sends a workflow task straight to the worker that holds its run in its
// cache, as a core NATS request. answer is called exactly once, from another goroutine,
// which it must not hold up: true when the worker took the task; false when it refused, nobody
// was there, it did not answer in StickyTimeout, or the task is too large for a message. Sticky
// never blocks. The task must not be changed until answer was called.
func (m *Matching) Sticky(namespace, queue, worker string, task *workflowservice.PollWorkflowTaskQueueResponse, answer func(accepted bool)) {
}
