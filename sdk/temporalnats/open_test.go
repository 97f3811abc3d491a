package temporalnats

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// Polls of ever other queues leave no more desks than there may be polls, and keep nobody out.
func TestDesksMakeRoom(t *testing.T) {
	within, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	const most = 3
	c, err := New(Config{Conn: queueOf(within, t), MaxPolls: most})
	require.NoError(t, err)
	defer c.Close()
	worker := func(n int) deskKey { return deskKey{namespace: "default", queue: "q", worker: fmt.Sprint(n)} }
	stays, err := c.enter(worker(0))
	require.NoError(t, err)
	for n := range 100 {
		d, err := c.enter(worker(n + 1))
		require.NoError(t, err)
		c.exit(d, false)
		require.LessOrEqual(t, len(c.desks), most)
	}
	require.Same(t, stays, c.find(worker(0)))
	c.exit(stays, false)
}
