package monitor

import (
	"cmp"
	"slices"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/matching"
)

var (
	queueBacklog   = gauge("perdure_task_queue_backlog", "Tasks that nobody has started.", "namespace", "task_queue", "kind")
	queueAge       = gauge("perdure_task_queue_oldest_seconds", "How old the oldest of these is; 0 if there is none.", "namespace", "task_queue", "kind")
	queueAdded     = counter("perdure_task_queue_added_total", "Tasks that were put into the queue since it was last made.", "namespace", "task_queue", "kind")
	queueDelivered = counter("perdure_task_queue_delivered_total", "Tasks that were pulled from the queue since it was last made.", "namespace", "task_queue", "kind")
	tasksQueued    = counter("perdure_tasks_queued_total", "Tasks that this process has put into work queues.", "namespace")
	tasksWaiting   = gauge("perdure_tasks_waiting", "Tasks that are to be put into work queues, and are not there yet.", "namespace")
	stickyTasks    = counter("perdure_sticky_tasks_total",
		"Workflow tasks that were offered to the worker that has the run: accepted by it, or refused, and queued.", "result")
)

// mostQueues is how many queues of a namespace are told of one by one: those with the largest backlog.
const mostQueues = 200

// others stands for the queues above that: it is no queue's token.
const others = "(others)"

func (to sink) matching(all matching.Statistics) {
	to.put(stickyTasks, float64(all.StickyAccepted), "accepted")
	to.put(stickyTasks, float64(all.StickyRefused), "refused")
	for _, n := range all.Namespaces {
		to.put(tasksQueued, float64(n.Queued), n.Namespace)
		to.put(tasksWaiting, float64(n.Waiting), n.Namespace)
		for _, q := range fullest(n.Queues) {
			name, kind := q.Queue, api.Kind(q.Kind)
			to.put(queueBacklog, float64(q.Backlog), n.Namespace, name, kind)
			to.put(queueAge, q.Age.Seconds(), n.Namespace, name, kind)
			to.put(queueAdded, float64(q.Added), n.Namespace, name, kind)
			to.put(queueDelivered, float64(q.Delivered), n.Namespace, name, kind)
		}
	}
}

// fullest are those with the largest backlog, and behind them, for each kind, the others as one. Their names are tokens, which are of a
// bounded length, and no two are the same.
func fullest(queues []matching.QueueStatistics) []matching.QueueStatistics {
	all := slices.SortedStableFunc(slices.Values(queues), func(a, b matching.QueueStatistics) int { return cmp.Compare(b.Backlog, a.Backlog) })
	kept := slices.Clone(all[:min(len(all), mostQueues)])
	for i := range kept {
		kept[i].Queue = api.Token(kept[i].Queue)
	}
	for _, q := range all[len(kept):] {
		at := slices.IndexFunc(kept[mostQueues:], func(o matching.QueueStatistics) bool { return o.Kind == q.Kind })
		if at < 0 {
			q.Queue = others
			kept = append(kept, q)
			continue
		}
		o := &kept[mostQueues+at]
		o.Backlog, o.Added, o.Delivered, o.Age = o.Backlog+q.Backlog, o.Added+q.Added, o.Delivered+q.Delivered, max(o.Age, q.Age)
	}
	return kept
}
