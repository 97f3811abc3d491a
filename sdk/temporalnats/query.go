package temporalnats

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/sdk/internal/answer"
)

const (
	// queryPatience is how long a query waits for a poll.
	queryPatience = 5 * time.Second
	// queryTime is how long a worker may take for its answer; callers wait no longer.
	queryTime = 30 * time.Second
	// mostQueries bounds the queries that workers are about to answer.
	mostQueries = 10_000
	// queryToken begins the task token of a query.
	queryToken = "query:"
)

// What answers a query that no worker takes.
var (
	errNoPoll  = serviceerror.NewUnavailable("no worker of the task queue polls for workflow tasks now: its workers are stopped, or all busy")
	errGone    = serviceerror.NewFailedPrecondition("the worker that had the run polls no more: ask any worker of its task queue")
	errClosed  = serviceerror.NewUnavailable("the worker that was asked is not connected here any more: ask again")
	errCrowded = serviceerror.NewUnavailable("as many queries as may be wait for workers' answers")
)

// listenQueries takes queries for runs that no worker has in its cache, until ctx ends.
func (c *Conn) listenQueries(ctx context.Context, d *desk) error {
	subject := c.config.Names.Query(d.key.namespace, d.key.queue)
	return c.listen(ctx, subject, answer.QueryGroup, func(m *nats.Msg, task *workflowservice.PollWorkflowTaskQueueResponse) {
		if task.GetQuery() == nil {
			c.replied(answer.Error(c.config.Conn, m, serviceerror.NewInvalidArgument("a query has its query set")))
			return
		}
		d.put(c.query(d, m, task), queryPatience)
	})
}

// query is a query on its way to a poll.
func (c *Conn) query(d *desk, m *nats.Msg, task *workflowservice.PollWorkflowTaskQueueResponse) delivery {
	refusal := errNoPoll
	if d.key.worker != "" {
		refusal = errGone
	}
	return delivery{
		open: func(ctx context.Context, _ string) (proto.Message, bool) {
			task.History = &historypb.History{} // for a worker that has the run there is nothing in it; some SDKs take no task without one
			if d.key.worker == "" {
				err := c.attachHistory(ctx, d.key.namespace, task)
				if ctx.Err() != nil { // the poll's caller has left
					d.put(c.query(d, m, task), 0)
					return nil, false
				}
				if err != nil {
					c.replied(answer.Error(c.config.Conn, m, err))
					return nil, false
				}
			}
			task.TaskToken = c.queries.add(m, d.key.namespace, task.GetQuery().GetQueryType())
			if task.TaskToken == nil {
				c.replied(answer.Error(c.config.Conn, m, errCrowded))
				return nil, false
			}
			return task, true
		},
		refuse: func() { c.replied(answer.Error(c.config.Conn, m, refusal)) },
	}
}

// attachHistory gives the query's task the first page of its run's history: a worker that is asked for the first
// time expects one.
func (c *Conn) attachHistory(ctx context.Context, namespace string, task *workflowservice.PollWorkflowTaskQueueResponse) error {
	reply, err := c.forward(ctx, "GetWorkflowExecutionHistory", &workflowservice.GetWorkflowExecutionHistoryRequest{
		Namespace: namespace, Execution: proto.CloneOf(task.GetWorkflowExecution()),
	})
	if err != nil {
		return err
	}
	page := &workflowservice.GetWorkflowExecutionHistoryResponse{}
	if err := c.copyReply(page, reply); err != nil {
		return err
	}
	task.History, task.NextPageToken = page.History, page.NextPageToken
	return nil
}

// respondQuery passes a worker's answer on to who asked.
func (c *Conn) respondQuery(_ context.Context, request proto.Message) (proto.Message, error) {
	r, ok := request.(*workflowservice.RespondQueryTaskCompletedRequest)
	if !ok {
		return nil, serviceerror.NewInternalf("%T is no answer of a query", request)
	}
	asked := c.queries.take(r.GetNamespace(), r.GetTaskToken())
	if asked == nil {
		return nil, serviceerror.NewNotFound("nobody waits for the answer of this query any more, or it was handed out by another server")
	}
	c.replied(answer.Query(c.config.Conn, asked.message, asked.name, r))
	return &workflowservice.RespondQueryTaskCompletedResponse{}, nil
}

// queries are those that workers were handed and have not answered, by the token that stands for each.
type queries struct {
	conn *nats.Conn

	mu      sync.Mutex // guards waiting
	waiting map[string]*asked
}

// asked is a query that a worker was handed.
type asked struct {
	message   *nats.Msg
	namespace string
	name      string
	expire    *time.Timer
}

func newQueries(conn *nats.Conn) *queries { return &queries{conn: conn, waiting: map[string]*asked{}} }

// add keeps a query and is its task token; nil when there are too many. Who asked gives up by itself.
func (q *queries) add(m *nats.Msg, namespace, name string) []byte {
	token := queryToken + uuid.NewString()
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) >= mostQueries {
		return nil
	}
	q.waiting[token] = &asked{m, namespace, name, time.AfterFunc(queryTime, func() { q.take(namespace, []byte(token)) })}
	return []byte(token)
}

// take is the namespace's query that the token stands for, once; nil for none.
func (q *queries) take(namespace string, token []byte) *asked {
	if !strings.HasPrefix(string(token), queryToken) {
		return nil
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	a := q.waiting[string(token)]
	if a == nil || a.namespace != namespace {
		return nil
	}
	a.expire.Stop()
	delete(q.waiting, string(token))
	return a
}

// close refuses all: whoever asked need not wait.
func (q *queries) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for token, a := range q.waiting {
		a.expire.Stop()
		delete(q.waiting, token)
		_ = answer.Error(q.conn, a.message, errClosed) // it fails when the connection is closed, which tells as much
	}
}
