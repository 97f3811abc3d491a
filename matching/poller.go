package matching

import (
	"cmp"
	"maps"
	"slices"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api/workerpb"
)

const (
	// missedPolls is for how many intervals a poller may be silent before it is no longer listed.
	missedPolls = 5
	// maxPollers bounds what is remembered of a queue: one more takes the place of the one that was silent longest.
	maxPollers = 1000
	// pullsWait is more than a pull request waits at the server. Those of a poller that said goodbye may be
	// counted there for as long.
	pullsWait = 15 * time.Second
)

// pollers are those who pull from a queue and have opened it at this process.
type pollers struct {
	known map[string]poller // by identity
	// left is when one last said goodbye.
	left time.Time
}

type poller struct {
	seen time.Time
	// sticky is the name of its sticky queue, or empty.
	sticky string
}

// saw notes that a poller opened the queue, or still pulls from it. An empty identity names nobody.
func (p *pollers) saw(identity, sticky string, now time.Time) {
	if identity == "" {
		return
	}
	if p.known == nil {
		p.known = map[string]poller{}
	}
	before, again := p.known[identity]
	if !again && len(p.known) >= maxPollers {
		delete(p.known, p.longestSilent())
	}
	p.known[identity] = poller{seen: now, sticky: cmp.Or(sticky, before.sticky)}
}

func (p *pollers) longestSilent() string {
	var found string
	var seen time.Time
	for identity, each := range p.known {
		if seen.IsZero() || each.seen.Before(seen) {
			found, seen = identity, each.seen
		}
	}
	return found
}

// goodbye forgets a poller.
func (p *pollers) goodbye(identity string, now time.Time) {
	delete(p.known, identity)
	p.left = now
}

// forget drops those not seen since a time.
func (p *pollers) forget(before time.Time) {
	maps.DeleteFunc(p.known, func(_ string, each poller) bool { return each.seen.Before(before) })
}

// kept is how long a silent poller is listed.
func (c *Config) kept() time.Duration { return missedPolls * c.PollInterval }

// instance is one worker of a queue, as opposed to all those that poll it under one identity.
type instance struct {
	queue queueKey
	key   string
}

// opened notes that a worker opened the queue. A word that was overtaken by that worker's goodbye says nothing.
func (c *consumers) opened(key queueKey, request *workerpb.OpenTaskQueueRequest) {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if request.WorkerInstanceKey != "" && c.gone.has(instance{key, request.WorkerInstanceKey}, now) {
		return
	}
	c.find(key).pollers.saw(request.Identity, request.StickyTaskQueue, now)
}

// leave forgets a poller of a queue's kinds.
func (c *consumers) leave(name string, kinds []enumspb.TaskQueueType, request *workflowservice.ShutdownWorkerRequest) {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, kind := range kinds {
		key := queueKey{kind, name}
		if request.WorkerInstanceKey != "" {
			c.gone.add(instance{key, request.WorkerInstanceKey}, now)
		}
		if q := c.queues[key]; q != nil {
			q.pollers.goodbye(request.Identity, now)
		}
	}
}

// pollersOf are those of a queue that are not silent for too long, and when one last said goodbye.
func (c *consumers) pollersOf(key queueKey) (known map[string]poller, left time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	q := c.queues[key]
	if q == nil {
		return nil, time.Time{}
	}
	q.pollers.forget(time.Now().Add(-c.config.kept()))
	return maps.Clone(q.pollers.known), q.pollers.left
}

// stickyPollers are the workers of a sticky queue: one, unless its name was given twice. queue is the
// normal one, or empty: any.
func (c *consumers) stickyPollers(queue, sticky string) map[string]poller {
	c.mu.Lock()
	defer c.mu.Unlock()
	found := map[string]poller{}
	since := time.Now().Add(-c.config.kept())
	for key, q := range c.queues {
		if key.kind != enumspb.TASK_QUEUE_TYPE_WORKFLOW || queue != "" && key.name != queue {
			continue
		}
		for identity, each := range q.pollers.known {
			if each.sticky == sticky && each.seen.After(since) {
				found[identity] = each
			}
		}
	}
	return found
}

// byIdentity are the pollers' identities in order. The longest silent are left out when all would
// have more than limit bytes.
func byIdentity(known map[string]poller, limit int) []string {
	identities := slices.SortedFunc(maps.Keys(known), func(a, b string) int { return known[b].seen.Compare(known[a].seen) })
	bytes := 0
	for i, identity := range identities {
		if bytes += len(identity); bytes > limit {
			identities = identities[:i]
			break
		}
	}
	slices.Sort(identities)
	return identities
}
