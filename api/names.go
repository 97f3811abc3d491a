package api

import (
	"fmt"
	"strconv"
	"strings"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
)

// MaxNamespace is how many bytes a namespace's name may have.
const MaxNamespace = 64

// DefaultPrefix is the first word of every subject and bucket.
const DefaultPrefix = "perdure"

// Names makes every subject, stream, consumer and bucket name of one
// deployment. The first word is a setting, so that two deployments can share a NATS
// account. The zero value uses DefaultPrefix.
type Names struct {
	// Prefix is one word of letters, digits, - and _, at most 32 bytes.
	Prefix string
}

// Incarnation names a namespace as it was made: a namespace that is deleted
// and made again has the next number, and so streams of its own.
type Incarnation struct {
	Namespace string
	Number    uint64
}

func (n Names) word() string {
	if n.Prefix == "" {
		return DefaultPrefix
	}
	return n.Prefix
}

func (n Names) subject(words ...string) string {
	var subject strings.Builder // one allocation: each request has a subject
	size := len(n.word())
	for _, word := range words {
		size += 1 + len(word)
	}
	subject.Grow(size)
	subject.WriteString(n.word())
	for _, word := range words {
		subject.WriteByte('.')
		subject.WriteString(word)
	}
	return subject.String()
}

// Validate tells what is wrong with the prefix.
func (n Names) Validate() error {
	if p := n.word(); len(p) > 32 || !isWord(p) {
		return fmt.Errorf("prefix %q: use at most 32 letters, digits, - and _", p)
	}
	return nil
}

// CheckNamespace tells what is wrong with a namespace's name: InvalidArgument.
func CheckNamespace(name string) error {
	if name == "" || len(name) > MaxNamespace || !isWord(name) {
		return serviceerror.NewInvalidArgumentf("namespace %q: use 1 to %d letters, digits, - and _", clip(name), MaxNamespace)
	}
	return nil
}

func isWord(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c != '-' && c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return s != ""
}

// clip keeps the beginning of a name that is too long for a message.
func clip(s string) string {
	const limit = 80
	if len(s) <= limit {
		return s
	}
	return s[:limit] + "..."
}

// Log is where a shard's frames are appended: perdure.log.<ns>.<shard>.
func (n Names) Log(namespace string, shard int) string {
	return n.subject("log", namespace, strconv.Itoa(shard))
}

// Open is the subject of an open run at rest: perdure.open.<ns>.<workflow>.<run>.
func (n Names) Open(namespace, workflowID, runID string) string {
	return n.subject("open", namespace, Token(workflowID), Token(runID))
}

// OpenAll are all subjects of open runs at rest of a namespace.
func (n Names) OpenAll(namespace string) string { return n.subject("open", namespace, ">") }

// History is the subject of a closed run: perdure.history.<ns>.<workflow>.<run>.
func (n Names) History(namespace, workflowID, runID string) string {
	return n.subject("history", namespace, Token(workflowID), Token(runID))
}

// HistoryOf are the subjects of all closed runs of a workflow id.
func (n Names) HistoryOf(namespace, workflowID string) string {
	return n.subject("history", namespace, Token(workflowID), "*")
}

// HistoryAll are all subjects of closed runs of a namespace.
func (n Names) HistoryAll(namespace string) string { return n.subject("history", namespace, ">") }

// Kind is the word for a kind of task in subjects and consumer names.
func Kind(t enumspb.TaskQueueType) string {
	if t == enumspb.TASK_QUEUE_TYPE_ACTIVITY {
		return "activity"
	}
	return "workflow"
}

// Task is where one task is queued: perdure.task.<ns>.<kind>.<queue>.<key>.
// The key tells tasks apart: the stream keeps one message per subject.
func (n Names) Task(namespace string, t enumspb.TaskQueueType, queue, key string) string {
	return n.subject("task", namespace, Kind(t), Token(queue), key)
}

// TaskQueue are all tasks of one queue and kind.
func (n Names) TaskQueue(namespace string, t enumspb.TaskQueueType, queue string) string {
	return n.subject("task", namespace, Kind(t), Token(queue), ">")
}

// TaskAll are all tasks of a namespace.
func (n Names) TaskAll(namespace string) string { return n.subject("task", namespace, ">") }

// TaskConsumer is the durable consumer of one queue and kind.
func (n Names) TaskConsumer(t enumspb.TaskQueueType, queue string) string {
	return Kind(t) + "-" + Token(queue)
}

// Sticky is where the worker that holds a run in its cache is sent the run's
// next tasks and queries: perdure.sticky.<ns>.<queue>.<worker>.
func (n Names) Sticky(namespace, queue, worker string) string {
	return n.subject("sticky", namespace, Token(queue), Token(worker))
}

// StickyOf are the subjects of a worker whatever its queue: for a worker that does not name it.
func (n Names) StickyOf(namespace, worker string) string {
	return n.subject("sticky", namespace, "*", Token(worker))
}

// Query is where any worker of a queue takes a query for a run that no
// worker has in its cache: perdure.query.<ns>.<queue>.
func (n Names) Query(namespace, queue string) string {
	return n.subject("query", namespace, Token(queue))
}

// Events is the live tail of a workflow id: perdure.events.<ns>.<workflow>.
func (n Names) Events(namespace, workflowID string) string {
	return n.subject("events", namespace, Token(workflowID))
}

// API is where a client calls a method: perdure.api.<ns>.<Method>.
func (n Names) API(namespace, method string) string { return n.subject("api", namespace, method) }

// Worker is where the workers of a queue call a method: perdure.worker.<ns>.<queue>.<Method>.
func (n Names) Worker(namespace, queue, method string) string {
	return n.subject("worker", namespace, Token(queue), method)
}

// Admin is where namespace and cluster methods are called: perdure.admin.<Method>.
func (n Names) Admin(method string) string { return n.subject("admin", method) }

// LogStream is the stream of a shard's log.
func (n Names) LogStream(in Incarnation, shard int) string {
	return n.stream(in, "LOG_"+strconv.Itoa(shard))
}

// OpenStream is the stream of open runs at rest.
func (n Names) OpenStream(in Incarnation) string { return n.stream(in, "OPEN") }

// HistoryStream is the stream of closed runs.
func (n Names) HistoryStream(in Incarnation) string { return n.stream(in, "HISTORY") }

// TasksStream is the work queue of tasks that nobody has started.
func (n Names) TasksStream(in Incarnation) string { return n.stream(in, "TASKS") }

func (n Names) stream(in Incarnation, what string) string {
	return strings.ToUpper(n.word()) + "_" + in.Namespace + "_" + strconv.FormatUint(in.Number, 10) + "_" + what
}

// NamespacesBucket is the key-value bucket of namespaces' settings.
func (n Names) NamespacesBucket() string { return n.word() + "-namespaces" }

// ShardsBucket is the key-value bucket of who serves which shard.
func (n Names) ShardsBucket() string { return n.word() + "-shards" }
