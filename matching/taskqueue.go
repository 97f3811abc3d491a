package matching

import (
	"context"

	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api/workerpb"
)

// OpenTaskQueue makes the consumer of a queue and type if it is absent, and says where it is.
// ResourceExhausted says that the stream has as many consumers as
// the server allows.
func (m *Matching) OpenTaskQueue(ctx context.Context, namespace string, request *workerpb.OpenTaskQueueRequest) (*workerpb.OpenTaskQueueResponse, error) {
	return nil, nil
}

// DescribeTaskQueue tells a queue's backlog, its pollers and how old its oldest task is.
func (m *Matching) DescribeTaskQueue(ctx context.Context, namespace string, request *workflowservice.DescribeTaskQueueRequest) (*workflowservice.DescribeTaskQueueResponse, error) {
	return nil, nil
}
