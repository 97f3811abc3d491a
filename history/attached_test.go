package history

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	querypb "go.temporal.io/api/query/v1"
	"go.temporal.io/api/serviceerror"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api/workerpb"
)

// queues keep what a shard hands to matching.
type queues struct {
	mu     sync.Mutex // guards the rest: history's helpers ask
	queued []*workerpb.Task
	sticky []offered
	asked  int
}

// offered is a sticky task and how to answer it.
type offered struct {
	task   *workflowservice.PollWorkflowTaskQueueResponse
	answer func(bool)
}

func (q *queues) Queue(_ string, task *workerpb.Task) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.queued = append(q.queued, task)
}

func (q *queues) Sticky(_, _, _ string, task *workflowservice.PollWorkflowTaskQueueResponse, answer func(bool)) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.sticky = append(q.sticky, offered{task, answer})
}

func (q *queues) Query(context.Context, string, string, string, *workflowservice.PollWorkflowTaskQueueResponse) (*workflowservice.RespondQueryTaskCompletedRequest, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.asked++
	return &workflowservice.RespondQueryTaskCompletedRequest{CompletedType: enumspb.QUERY_RESULT_TYPE_ANSWERED, QueryResult: text("alone")}, nil
}

func text(s string) *commonpb.Payloads {
	return &commonpb.Payloads{Payloads: []*commonpb.Payload{{Data: []byte(s)}}}
}

// queried is a workflow with a task that is queued, and what waits for it.
type queried struct {
	*driven
	queues *queues
	starts int
}

func newQueried(t *testing.T) *queried {
	t.Helper()
	q := &queues{}
	d := newPlace(t, func(c *Config) { c.Matching = q }).drive(t)
	d.must(start("w"))
	return &queried{driven: d, queues: q}
}

// pull starts the task that was queued last, as a worker that pulled it.
func (q *queried) pull() *workflowservice.PollWorkflowTaskQueueResponse {
	q.t.Helper()
	q.starts++
	q.quiet()
	return q.must(q.startOf(strings.Repeat("s", q.starts)))[0].(*workflowservice.PollWorkflowTaskQueueResponse)
}

func (q *queried) startOf(request string) proto.Message {
	q.queues.mu.Lock()
	defer q.queues.mu.Unlock()
	return &workerpb.StartTaskRequest{Task: q.queues.queued[len(q.queues.queued)-1], RequestId: request}
}

// offered is the next sticky task that is sent.
func (q *queried) offered() (next offered) {
	q.t.Helper()
	q.until(func() bool {
		q.queues.mu.Lock()
		defer q.queues.mu.Unlock()
		if len(q.queues.sticky) == 0 {
			return false
		}
		next, q.queues.sticky = q.queues.sticky[0], q.queues.sticky[1:]
		return true
	})
	return next
}

// completion answers the queries that came with the task with these texts, in any order.
func completion(task *workflowservice.PollWorkflowTaskQueueResponse, answers ...string) *workflowservice.RespondWorkflowTaskCompletedRequest {
	r := &workflowservice.RespondWorkflowTaskCompletedRequest{TaskToken: task.TaskToken, QueryResults: map[string]*querypb.WorkflowQueryResult{}}
	for id := range task.Queries {
		if len(answers) > 0 {
			r.QueryResults[id] = &querypb.WorkflowQueryResult{ResultType: enumspb.QUERY_RESULT_TYPE_ANSWERED, Answer: text(answers[0])}
			answers = answers[1:]
		}
	}
	return r
}

func sticky(r *workflowservice.RespondWorkflowTaskCompletedRequest) *workflowservice.RespondWorkflowTaskCompletedRequest {
	r.StickyAttributes = &taskqueuepb.StickyExecutionAttributes{WorkerTaskQueue: &taskqueuepb.TaskQueue{Name: "worker"}}
	return r
}

// requireAnswer is what a query is answered with.
func (q *queried) requireAnswer(want string, a *asked) {
	q.t.Helper()
	reply, err := q.outcome(a)
	require.NoError(q.t, err)
	require.Equal(q.t, want, string(reply.(*workflowservice.QueryWorkflowResponse).QueryResult.Payloads[0].Data))
}

// requireAsked is how many queries were asked by themselves.
func (q *queried) requireAsked(want int) {
	q.t.Helper()
	q.queues.mu.Lock()
	defer q.queues.mu.Unlock()
	require.Equal(q.t, want, q.queues.asked)
}

// A query that waits for a task goes along with it, and has its answer by the completion.
func TestAQueryGoesAlongWithATask(t *testing.T) {
	q := newQueried(t)
	waits := q.decide(query("w"))[0]
	task := q.pull()
	require.Len(t, task.Queries, 1)
	late := q.decide(query("w"))[0]
	again := q.must(q.startOf("s"))[0].(*workflowservice.PollWorkflowTaskQueueResponse)
	require.Len(t, again.Queries, 1, "a repeated start has the same answer")
	require.Empty(t, waits.outcome)

	q.must(completion(task, "attached"))
	q.requireAnswer("attached", waits)
	q.requireAnswer("alone", late)
	q.requireAsked(1)
	require.Empty(t, q.active["w"].queries)
}

// A worker may answer that a query failed, or not answer it: then it is asked by itself.
func TestAttachedQueriesThatFailOrAreIgnored(t *testing.T) {
	q := newQueried(t)
	fails := q.decide(query("w"))[0]
	task := q.pull()
	failed := completion(task, "")
	for id := range failed.QueryResults {
		failed.QueryResults[id] = &querypb.WorkflowQueryResult{ResultType: enumspb.QUERY_RESULT_TYPE_FAILED, ErrorMessage: "no such query"}
	}
	q.must(failed)
	_, err := q.outcome(fails)
	var queryFailed *serviceerror.QueryFailed
	require.ErrorAs(t, err, &queryFailed)
	require.ErrorContains(t, err, "no such query")

	q.must(signal("w", "go"))
	ignored := q.decide(query("w"))[0]
	q.must(completion(q.pull()))
	q.requireAnswer("alone", ignored)
}

// With a task that fails, the query waits for the next attempt.
func TestAttachedQueriesOfATaskThatFails(t *testing.T) {
	q := newQueried(t)
	waits := q.decide(query("w"))[0]
	first := q.pull()
	q.must(&workflowservice.RespondWorkflowTaskFailedRequest{TaskToken: first.TaskToken})
	second := q.pull()
	require.Len(t, second.Queries, 1)
	for id := range second.Queries {
		require.NotContains(t, first.Queries, id)
	}
	q.must(completion(second, "second"))
	q.requireAnswer("second", waits)
	q.requireAsked(0)
}

// A worker that has the run in its cache gets the query with its sticky task, and another one if it does not take it.
func TestAttachedQueriesOfStickyTasks(t *testing.T) {
	q := newQueried(t)
	q.must(sticky(completion(q.pull())))
	q.must(signal("w", "one"))
	first := q.offered()
	waits := q.decide(query("w"))[0]
	require.Empty(t, first.task.Queries, "a task that was sent is not changed")
	first.answer(false)
	q.until(func() bool { return q.active["w"].startedBy() == "" })
	task := q.pull()
	require.Len(t, task.Queries, 1)
	second := q.decide(signal("w", "two"), query("w"))[1]
	q.must(sticky(completion(task, "first")))
	q.requireAnswer("first", waits)

	next := q.offered()
	require.Len(t, next.task.Queries, 1, "the one that was answered does not go along again")
	next.answer(true)
	q.must(completion(next.task, "sticky"))
	q.requireAnswer("sticky", second)
	q.requireAsked(0)
}

// A task that is sent along with a completion's reply takes queries along, too.
func TestAttachedQueriesOfATaskInAReply(t *testing.T) {
	q := newQueried(t)
	task := q.pull()
	waits := q.decide(query("w"))[0]
	r := completion(task)
	r.ReturnNewWorkflowTask, r.ForceCreateNewWorkflowTask = true, true
	next := q.must(r)[0].(*workflowservice.RespondWorkflowTaskCompletedResponse).WorkflowTask
	require.Len(t, next.Queries, 1)
	q.must(completion(next, "next"))
	q.requireAnswer("next", waits)
}

// A query that does not fit beside the task's history is asked by itself.
func TestAQueryTooLargeToGoAlong(t *testing.T) {
	q := newQueried(t)
	large, small := query("w"), query("w")
	large.Query.QueryArgs = text(strings.Repeat("x", q.maxReply))
	waits := q.decide(large, small)
	task := q.pull()
	require.Len(t, task.Queries, 1)
	require.LessOrEqual(t, proto.Size(task), q.maxReply)
	q.must(completion(task, "small"))
	q.requireAnswer("alone", waits[0])
	q.requireAnswer("small", waits[1])
}

// A completion that closes the run still answers.
func TestAttachedQueriesOfALastTask(t *testing.T) {
	q := newQueried(t)
	waits := q.decide(query("w"))[0]
	r := completion(q.pull(), "last words")
	r.Commands = []*commandpb.Command{{
		CommandType: enumspb.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION,
		Attributes: &commandpb.Command_CompleteWorkflowExecutionCommandAttributes{
			CompleteWorkflowExecutionCommandAttributes: &commandpb.CompleteWorkflowExecutionCommandAttributes{},
		},
	}}
	q.must(r)
	q.requireAnswer("last words", waits)
}

// A query that names a run is answered by no other: it does not go along with the task of the run that comes after.
func TestAttachedQueriesOfAnEarlierRun(t *testing.T) {
	q := newQueried(t)
	named := query("w")
	named.Execution.RunId = q.active["w"].Run.RunID()
	first, latest := q.decide(named)[0], q.decide(query("w"))[0]
	next := start("w")
	next.WorkflowIdConflictPolicy = enumspb.WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING
	q.must(next)
	q.requireAnswer("alone", first)

	task := q.pull()
	require.Len(t, task.Queries, 1)
	q.must(completion(task, "next"))
	q.requireAnswer("next", latest)
}
