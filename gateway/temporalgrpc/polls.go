package temporalgrpc

import (
	"sync"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
)

// polls counts the calls in flight that wait for something to happen, of each method in each namespace.
type polls struct {
	most int

	mu    sync.Mutex // guards count
	count map[pollKey]int
}

// pollKey is what has a share. Each method has its own, as with Temporal, so that workers of one kind do not keep out
// those of the other, nor clients that wait for results workers.
type pollKey struct{ namespace, method string }

func newPolls(most int) *polls { return &polls{most: most, count: map[pollKey]int{}} }

// enter gives a call its place until it leaves; a call that does not wait needs none. Its error is ResourceExhausted,
// as Temporal's: there are as many as may be.
func (p *polls) enter(fullMethod string, request proto.Message) (leave func(), err error) {
	namespace, waits := awaits(request)
	if !waits {
		return func() {}, nil
	}
	key := pollKey{namespace, fullMethod}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.count[key] >= p.most {
		return nil, &serviceerror.ResourceExhausted{
			Cause:   enumspb.RESOURCE_EXHAUSTED_CAUSE_CONCURRENT_LIMIT,
			Scope:   enumspb.RESOURCE_EXHAUSTED_SCOPE_NAMESPACE,
			Message: "namespace concurrent poller limit exceeded",
		}
	}
	p.count[key]++
	return func() { p.leave(key) }, nil
}

func (p *polls) leave(key pollKey) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count[key]--
	if p.count[key] == 0 {
		delete(p.count, key) // any number of namespaces may be named that are not there
	}
}

// awaits tells a request that is answered when something happens, and its namespace: those that Temporal counts, of
// the methods that are served.
func awaits(request proto.Message) (namespace string, waits bool) {
	switch r := request.(type) {
	case *workflowservice.PollWorkflowTaskQueueRequest:
		return r.GetNamespace(), true
	case *workflowservice.PollActivityTaskQueueRequest:
		return r.GetNamespace(), true
	case *workflowservice.QueryWorkflowRequest:
		return r.GetNamespace(), true
	case *workflowservice.GetWorkflowExecutionHistoryRequest:
		return r.GetNamespace(), r.GetWaitNewEvent()
	}
	return "", false
}
