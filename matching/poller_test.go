package matching

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/workerpb"
)

func TestPollers(t *testing.T) {
	now := time.Unix(1e9, 0)
	p := pollers{}
	p.saw("", "nobody's", now)
	require.Empty(t, p.known)
	p.saw("a", "a's", now)
	p.saw("a", "", now.Add(time.Second)) // which does not take away what is known
	p.saw("b", "", now)
	require.Equal(t, map[string]poller{"a": {now.Add(time.Second), "a's"}, "b": {seen: now}}, p.known)
	p.forget(now.Add(time.Second))
	require.Equal(t, map[string]poller{"a": {now.Add(time.Second), "a's"}}, p.known)
	p.goodbye("a", now.Add(time.Minute))
	require.Empty(t, p.known)
	require.Equal(t, now.Add(time.Minute), p.left)
}

// More than are remembered take the places of those silent longest.
func TestManyPollers(t *testing.T) {
	now := time.Unix(1e9, 0)
	p := pollers{}
	name := func(i int) string { return fmt.Sprintf("w%05d", i) }
	for i := range 2 * maxPollers {
		p.saw(name(i), "", now.Add(time.Duration(i)))
	}
	require.Len(t, p.known, maxPollers)
	require.Contains(t, p.known, name(maxPollers))
	require.NotContains(t, p.known, name(maxPollers-1))
	listed := byIdentity(p.known, 10*len(name(0)))
	require.Len(t, listed, 10)
	require.Equal(t, []string{name(2*maxPollers - 10), name(2*maxPollers - 1)}, []string{listed[0], listed[9]})
}

// identities are those of the pollers of a queue.
func identities(t *testing.T, m *Matching) []string {
	t.Helper()
	var found []string
	for _, p := range describe(t, m).Pollers {
		found = append(found, p.Identity)
	}
	return found
}

func openQueue(t *testing.T, m *Matching, r *workerpb.OpenTaskQueueRequest) *workerpb.OpenTaskQueueResponse {
	t.Helper()
	r.TaskQueue, r.Type = queueName, enumspb.TASK_QUEUE_TYPE_WORKFLOW
	reply, err := m.OpenTaskQueue(within(t), in.Namespace, r)
	require.NoError(t, err)
	return reply
}

// Who says that it polls on is remembered, and costs JetStream nothing.
func TestAPollerSaysThatItPolls(t *testing.T) {
	m := open(t, startServer(t).connect(), func(c *Config) { c.PollInterval = 7 * time.Second })
	first := openQueue(t, m, &workerpb.OpenTaskQueueRequest{Identity: "w1", Polling: true}) // to a process that does not know it
	require.Equal(t, 7*time.Second, first.OpenAgain.AsDuration())
	stream := tasks(t, m.config.Conn)
	require.NoError(t, stream.DeleteConsumer(within(t), first.Consumer))
	openQueue(t, m, &workerpb.OpenTaskQueueRequest{Identity: "w2", Polling: true})
	require.Equal(t, []string{"w1", "w2"}, identities(t, m))
	_, err := stream.Consumer(within(t), first.Consumer)
	require.Error(t, err)
	openQueue(t, m, &workerpb.OpenTaskQueueRequest{Identity: "w2"})
	_, err = stream.Consumer(within(t), first.Consumer)
	require.NoError(t, err)
}

func TestASilentPollerIsNotListed(t *testing.T) {
	m := open(t, startServer(t).connect(), func(c *Config) { c.PollInterval = time.Nanosecond })
	openQueue(t, m, &workerpb.OpenTaskQueueRequest{Identity: "w1", StickyTaskQueue: "s1"})
	require.Empty(t, identities(t, m))
	require.Empty(t, describeSticky(t, m, "s1", "").Pollers)
	consumers := m.find(in.Namespace).consumers
	consumers.tidy()
	require.Len(t, consumers.queues, 1, "its consumer is there")
}

// What is remembered of queues that clients name and that get no consumer does not last.
func TestQueuesWithoutConsumersAreForgotten(t *testing.T) {
	m := open(t, startServer(t).connect())
	c := m.find(in.Namespace).consumers
	key := queueKey{enumspb.TASK_QUEUE_TYPE_WORKFLOW, "mistyped"}
	c.mu.Lock()
	c.find(key).until = time.Now().Add(-time.Nanosecond)
	c.mu.Unlock()
	c.tidy()
	require.NotContains(t, c.queues, key)
}

// A reply with as many pollers as are remembered fits a message, whatever they are called.
func TestManyPollersFitAMessage(t *testing.T) {
	m := open(t, startServer(t).connect())
	c := m.find(in.Namespace).consumers
	for i := range 2 * maxPollers {
		c.opened(queueKey{enumspb.TASK_QUEUE_TYPE_WORKFLOW, queueName}, &workerpb.OpenTaskQueueRequest{Identity: fmt.Sprintf("%0*d", api.MaxID, i)})
	}
	infos := pollerInfos(func() map[string]poller {
		known, _ := c.pollersOf(queueKey{enumspb.TASK_QUEUE_TYPE_WORKFLOW, queueName})
		return known
	}())
	require.Len(t, infos, pollersBytes/api.MaxID)
	require.True(t, strings.HasSuffix(infos[len(infos)-1].Identity, fmt.Sprint(2*maxPollers-1)))
}
