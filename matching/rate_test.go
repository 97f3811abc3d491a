package matching

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"pgregory.net/rapid"

	"github.com/perdure/perdure/api/workerpb"
)

var made = time.Unix(1e9, 0)

func lookOf(second int, added, delivered uint64) look {
	return look{at: made.Add(time.Duration(second) * time.Second), made: made, added: added, delivered: delivered}
}

func requireRates(t *testing.T, added, delivered float64, l looks, now look) {
	t.Helper()
	a, d := l.rates(now)
	require.InDelta(t, added, float64(a), 1e-6, "added")
	require.InDelta(t, delivered, float64(d), 1e-6, "delivered")
}

func TestRates(t *testing.T) {
	var l looks
	requireRates(t, 0, 0, l, lookOf(0, 5, 5))
	l = l.add(lookOf(0, 0, 0))
	requireRates(t, 0, 0, l, l[0])
	fraction := lookOf(0, 10, 0)
	fraction.at = fraction.at.Add(time.Millisecond)
	requireRates(t, 10, 0, l, fraction) // and not 10,000
	for second := 5; second <= 100; second += 5 {
		now := lookOf(second, uint64(10*second), uint64(4*second))
		l = l.add(now)
		requireRates(t, 10, 4, l, now)
	}
	// Thirty seconds later nothing of it is left.
	for second := 105; second <= 130; second += 5 {
		l = l.add(lookOf(second, 1000, 400))
	}
	requireRates(t, 0, 0, l, l[len(l)-1])

	again := lookOf(131, 20, 10)
	again.made = made.Add(time.Hour)
	requireRates(t, 0, 0, l, again) // another consumer
	l = l.add(again)
	require.Len(t, l, 1)
	l = l.add(lookOf(132, 20, 10))
	requireRates(t, 0, 0, l, lookOf(133, 15, 10)) // somebody purged the queue
}

// Whenever somebody looks: few looks are kept, and the rates are those of the last half minute, or of the time since the look
// before that.
func TestRatesAtRandom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var l looks
		all := looks{}
		now := lookOf(0, 0, 0)
		for range rapid.IntRange(1, 60).Draw(t, "looks") {
			now.at = now.at.Add(time.Duration(rapid.IntRange(1, 20_000).Draw(t, "ms")) * time.Millisecond)
			tasks := uint64(rapid.IntRange(0, 100).Draw(t, "tasks"))
			now.added += tasks
			now.delivered += min(tasks, now.added-now.delivered)
			all = append(all, now)
			l = l.add(now)
			require.LessOrEqual(t, len(l), int(2*rateWindow/lookInterval)+2)
			require.Contains(t, all, l[0])
			if l[0] != all[0] {
				require.GreaterOrEqual(t, now.at.Sub(l[0].at), rateWindow)
			}
			if len(l) > 1 {
				require.Less(t, now.at.Sub(l[1].at), rateWindow)
			}
		}
	})
}

// Rates are of all processes: one queues, a worker pulls, and another tells.
func TestRatesOfAllProcesses(t *testing.T) {
	const count = 30
	s := startServer(t)
	m, other := open(t, s.connect()), open(t, s.connect())
	openQueue(t, m, &workerpb.OpenTaskQueueRequest{})
	openQueue(t, other, &workerpb.OpenTaskQueueRequest{})
	for i := range count {
		m.Queue(in.Namespace, task(i))
	}
	counted(t, m.config.Conn, count)
	for _, each := range []*Matching{m, other} {
		stats := describe(t, each).Stats
		require.Positive(t, stats.TasksAddRate)
		require.LessOrEqual(t, stats.TasksAddRate, float32(count))
		require.Zero(t, stats.TasksDispatchRate)
	}
	pull(t, m, enumspb.TASK_QUEUE_TYPE_WORKFLOW, count)
	stats := describe(t, other).Stats
	require.Positive(t, stats.TasksDispatchRate)
	require.InDelta(t, stats.TasksAddRate, stats.TasksDispatchRate, 0)
}

// The observer sees what nobody asks for, and forgets a queue whose consumer is gone.
func TestObserver(t *testing.T) {
	m := open(t, startServer(t).connect())
	key := queueKey{enumspb.TASK_QUEUE_TYPE_WORKFLOW, queueName}
	consumer := openQueue(t, m, &workerpb.OpenTaskQueueRequest{}).Consumer
	o := m.find(in.Namespace).observer
	o.consumers[key][0].at = time.Now().Add(-lookInterval)
	m.Queue(in.Namespace, task(1))
	counted(t, m.config.Conn, 1)
	o.lookAtAll(within(t))
	require.Len(t, o.consumers[key], 2)
	require.EqualValues(t, 1, o.consumers[key][1].added)
	require.NoError(t, tasks(t, m.config.Conn).DeleteConsumer(within(t), consumer))
	o.lookAtAll(within(t))
	require.Empty(t, o.consumers)
}

// Of many queues those are looked at that were not for longest.
func TestObserverOfManyQueues(t *testing.T) {
	o := newObserver(Config{}, nil, "test", "TASKS", newLink())
	for i := range 2 * maxLooks {
		o.consumers[queueKey{name: string(rune('a' + i))}] = looks{lookOf(i, 0, 0)}
	}
	keys := o.stalest()
	require.Len(t, keys, maxLooks)
	require.Equal(t, "a", keys[0].name)
	require.Equal(t, lookOf(maxLooks-1, 0, 0), o.consumers[keys[maxLooks-1]][0])
	o.saw(keys[0], &jetstream.ConsumerInfo{Created: made})
	require.NotEqual(t, keys[0], o.stalest()[0])
}
