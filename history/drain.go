package history

import (
	"context"
	"time"
)

// drainTime is how long a stop waits for the frames in flight.
const drainTime = 5 * time.Second

// drain lets the frames in flight end and hands the shard out.
func (l *loop) drain() error {
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	for len(l.flight) > 0 || !l.frame.empty() {
		if err := l.hand(); err != nil {
			return err
		}
		if len(l.flight) == 0 {
			break
		}
		if err := l.acknowledged(l.writer.Await(ctx)); err != nil {
			return err
		}
	}
	return nil
}

// close answers whoever still waits and ends the writer. cause is why the loop ended; nil at the service's will.
func (l *loop) close(cause error) {
	refusal := interrupted(cause)
	l.writer.Close()
	l.frame.refuse(refusal)
	for _, f := range l.flight {
		f.refuse(refusal)
	}
	for _, item := range l.inbox[l.next:] {
		refuse(item, refusal)
	}
	for _, e := range l.active {
		e.refuse(refusal)
	}
}
