package temporalnats

import (
	"context"
	"time"

	"go.temporal.io/api/serviceerror"
	"google.golang.org/protobuf/proto"

	enumspb "go.temporal.io/api/enums/v1"
)

// enter is the desk of that key, opened if it is not, for one poll, which leaves it. ResourceExhausted: there are as
// many polls as may be.
func (c *Conn) enter(key deskKey) (*desk, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, serviceerror.NewUnavailable("the connection is being closed: poll again")
	}
	if c.polls >= c.config.MaxPolls {
		return nil, serviceerror.NewResourceExhausted(enumspb.RESOURCE_EXHAUSTED_CAUSE_CONCURRENT_LIMIT, "there are as many polls as are served at a time: try again")
	}
	d := c.desks[key]
	if d == nil {
		c.makeRoom()
		d = &desk{key: key}
		ctx, stop := context.WithCancel(c.ctx)
		d.stop = stop
		if err := c.openSources(ctx, d); err != nil {
			stop()
			return nil, err
		}
		c.desks[key] = d
	}
	if d.idle != nil {
		d.idle.Stop()
		d.idle = nil
	}
	d.users++
	c.polls++
	return d, nil
}

// exit ends a poll's use of its desk, which is closed when nobody has come for a while, or at once when the poll was
// refused: of queues and namespaces that are not there, any number may be named.
func (c *Conn) exit(d *desk, refused bool) {
	c.mu.Lock()
	c.polls--
	d.users--
	left := d.users == 0 && !c.closed
	if left && !refused {
		d.idle = time.AfterFunc(idleTime, func() { c.closeIdle(d) })
	}
	c.mu.Unlock()
	if left && refused {
		c.closeIdle(d)
	}
}

func (c *Conn) closeIdle(d *desk) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if d.users == 0 && c.desks[d.key] == d {
		c.shut(d)
	}
}

// makeRoom closes a desk that no poll uses when there are as many as there may be polls: then there is one, and who polls
// for ever other queues keeps nobody else out. The caller holds mu.
func (c *Conn) makeRoom() {
	if len(c.desks) < c.config.MaxPolls {
		return
	}
	for _, d := range c.desks {
		if d.users == 0 {
			c.shut(d)
			return
		}
	}
}

// shut closes a desk, which is found no more, and gives back what it holds. The caller holds mu.
func (c *Conn) shut(d *desk) {
	if d.idle != nil {
		d.idle.Stop()
	}
	delete(c.desks, d.key)
	d.stop()
	d.refuseHeld()
}

// find is the desk of that key, if it is open.
func (c *Conn) find(key deskKey) *desk {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.desks[key]
}

// serves tells whether this connection polls the queue of a request's namespace.
func (c *Conn) serves(request proto.Message, queue string) bool {
	r, ok := request.(namesNamespace)
	if !ok {
		return false
	}
	return c.find(deskKey{namespace: r.GetNamespace(), kind: enumspb.TASK_QUEUE_TYPE_ACTIVITY, queue: queue}) != nil
}

// openSources opens what brings tasks and queries to a desk, until ctx ends.
func (c *Conn) openSources(ctx context.Context, d *desk) error {
	if d.key.worker != "" {
		return c.listenSticky(ctx, d)
	}
	c.pull(ctx, d)
	if d.key.kind == enumspb.TASK_QUEUE_TYPE_WORKFLOW {
		return c.listenQueries(ctx, d)
	}
	return nil
}
