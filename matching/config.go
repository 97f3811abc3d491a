package matching

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"github.com/perdure/perdure/api"
)

// Config is what matching needs. Conn is required; the rest has defaults.
type Config struct {
	Conn  *nats.Conn
	Names api.Names
	// Domain is the JetStream domain of the streams, where it is not the connection's own.
	Domain string
	Logger zerolog.Logger

	// FileStorage keeps TASKS in files: a restart then needs no queueing again,
	// and every task costs a disk write. Replicas of TASKS: 1 by default.
	// A stream that exists keeps what it was made with.
	FileStorage bool
	Replicas    int

	// AckWait is how long a worker has to say that it started a task before
	// the task is delivered to another: 10 s by default.
	AckWait time.Duration
	// InactiveThreshold is how long a queue's consumer outlives the last pull:
	// 10 min by default: workers with queues of their own come and go, and a stream has room for a thousand
	// consumers. Tasks stay in the stream without it.
	InactiveThreshold time.Duration
	// CheckInterval is how often TASKS is looked at: 5 s by default.
	CheckInterval time.Duration
	// PollInterval is how often who pulls from a queue says so: every minute by default. Who has not
	// for five times as long is no longer listed among the queue's pollers.
	PollInterval time.Duration
	// StickyTimeout is how long a worker has to accept a sticky task: 1 s by default.
	StickyTimeout time.Duration
	// PublishTimeout is after what time without acknowledgement a task is published again: 5 s by default.
	PublishTimeout time.Duration
	// InFlight is how many published tasks of a namespace await their
	// acknowledgement at a time: 4096 by default.
	InFlight int
}

func (c *Config) complete() error {
	if c.Conn == nil {
		return errors.New("matching: no connection")
	}
	if err := c.Names.Validate(); err != nil {
		return fmt.Errorf("matching: %w", err)
	}
	c.Replicas = cmp.Or(c.Replicas, 1)
	c.AckWait = cmp.Or(c.AckWait, 10*time.Second)
	c.InactiveThreshold = cmp.Or(c.InactiveThreshold, 10*time.Minute)
	c.CheckInterval = cmp.Or(c.CheckInterval, 5*time.Second)
	c.PollInterval = cmp.Or(c.PollInterval, time.Minute)
	c.StickyTimeout = cmp.Or(c.StickyTimeout, time.Second)
	c.PublishTimeout = cmp.Or(c.PublishTimeout, 5*time.Second)
	c.InFlight = cmp.Or(c.InFlight, 4096)
	for _, d := range []time.Duration{c.AckWait, c.InactiveThreshold, c.CheckInterval, c.PollInterval, c.StickyTimeout, c.PublishTimeout} {
		if d < 0 {
			return fmt.Errorf("matching: a time of %s: use a positive one, or 0 for the default", d)
		}
	}
	if c.Replicas < 0 || c.InFlight < 0 {
		return fmt.Errorf("matching: %d replicas, %d tasks in flight: use positive numbers, or 0 for the default", c.Replicas, c.InFlight)
	}
	return nil
}

func (c *Config) jetStream() (jetstream.JetStream, error) {
	if c.Domain != "" {
		return jetstream.NewWithDomain(c.Conn, c.Domain)
	}
	return jetstream.New(c.Conn)
}

func (c *Config) storage() jetstream.StorageType {
	if c.FileStorage {
		return jetstream.FileStorage
	}
	return jetstream.MemoryStorage
}

// rarely is the logger for what may happen to every task: once a minute.
func (c *Config) rarely() zerolog.Logger {
	return c.Logger.Sample(&zerolog.BurstSampler{Burst: 1, Period: time.Minute})
}
