package history

import (
	"slices"

	"github.com/google/uuid"
	querypb "go.temporal.io/api/query/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
)

// Queries that wait for a workflow task go along with it, when it is handed out, and are answered with its
// completion: from the state that the task leads to, and with no request of their own. Those that its worker does
// not answer, or that do not fit, wait on: for the next task, or to be asked by themselves (query.go).

// attachQueries puts the queries that wait into a workflow task that has just been started. startedBefore is
// what the run's StartedBy was before: a reply that was given before must not be changed, nor is it given to
// somebody else.
func (l *loop) attachQueries(e *entry, startedBefore string, reply proto.Message) {
	if len(e.queries) == 0 || e.Run == nil {
		return
	}
	started := e.Run.StartedBy()
	task := taskIn(reply)
	if task == nil || started == "" || started == startedBefore {
		return
	}
	room := l.maxReply - proto.Size(reply)
	for _, q := range e.queries {
		if !q.isOf(e.Run) {
			continue
		}
		asked := q.call.Request.(*workflowservice.QueryWorkflowRequest).GetQuery()
		id := uuid.NewString()
		size := proto.Size(asked) + len(id) + queryOverhead
		if size > room {
			continue
		}
		room -= size
		if task.Queries == nil {
			task.Queries = map[string]*querypb.WorkflowQuery{}
		}
		task.Queries[id] = asked
		q.id, q.sentWith = id, started
	}
}

// queryOverhead is about what an entry of a task's queries takes beside its id and the query.
const queryOverhead = 32

// taskIn is the workflow task that a reply hands out; nil: it hands out none.
func taskIn(reply proto.Message) *workflowservice.PollWorkflowTaskQueueResponse {
	switch reply := reply.(type) {
	case *workflowservice.PollWorkflowTaskQueueResponse:
		return reply
	case *workflowservice.RespondWorkflowTaskCompletedResponse:
		return reply.WorkflowTask
	}
	return nil
}

// answerAttached answers the queries whose results a completion that was taken brings.
func (l *loop) answerAttached(e *entry, completion *workflowservice.RespondWorkflowTaskCompletedRequest) {
	if len(completion.QueryResults) == 0 {
		return
	}
	e.queries = slices.DeleteFunc(e.queries, func(q *taskQuery) bool {
		result := completion.QueryResults[q.id]
		if q.id == "" || result == nil {
			return false
		}
		q.stop()
		reply, err := queryReply(result.ResultType, result.Answer, result.ErrorMessage, result.Failure)
		l.answerLater(q.request, reply, err)
		return true
	})
}

// detachQueries has the queries wait on whose task is over.
func (e *entry) detachQueries() {
	for _, q := range e.queries {
		if q.id != "" && q.sentWith != e.Run.StartedBy() {
			q.id, q.sentWith = "", ""
		}
	}
}
