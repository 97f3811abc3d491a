package matching

import (
	"context"

	"go.temporal.io/api/workflowservice/v1"
)

// Query asks a worker: the one named, which holds the run in its cache, or any
// worker of the queue when worker is empty. FailedPrecondition says that no such worker is there,
// as does a sticky worker that has the run no more; the context's end is DeadlineExceeded or
// Canceled; any other error is the worker's own answer.
func (m *Matching) Query(ctx context.Context, namespace, queue, worker string, task *workflowservice.PollWorkflowTaskQueueResponse) (*workflowservice.RespondQueryTaskCompletedRequest, error) {
	return nil, nil
}
