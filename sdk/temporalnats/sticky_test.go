package temporalnats

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
)

// A worker that polls its sticky queue by two servers has each task once.
func TestAStickyTaskGoesToOneServer(t *testing.T) {
	within, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn := queueOf(within, t)
	got := make(chan string, 2)
	sticky := &taskqueuepb.TaskQueue{Name: "worker", NormalName: "q", Kind: enumspb.TASK_QUEUE_KIND_STICKY}
	key := deskKey{namespace: "default", kind: enumspb.TASK_QUEUE_TYPE_WORKFLOW, queue: "q", worker: "worker"}
	var servers []*Conn
	for range 2 {
		c, err := New(Config{Conn: conn, Service: &tasks{}})
		require.NoError(t, err)
		servers = append(servers, c)
		go func() {
			reply, err := c.pollWorkflow(within, &workflowservice.PollWorkflowTaskQueueRequest{Namespace: "default", TaskQueue: sticky})
			if err != nil {
				t.Error(err)
			}
			got <- string(reply.(*workflowservice.PollWorkflowTaskQueueResponse).TaskToken)
		}()
		awaitPoll(t, c, key)
	}
	task, err := proto.Marshal(&workflowservice.PollWorkflowTaskQueueResponse{TaskToken: []byte("task")})
	require.NoError(t, err)
	reply, err := conn.RequestWithContext(within, api.Names{}.Sticky("default", "q", "worker"), task)
	require.NoError(t, err)
	require.Equal(t, "true", reply.Header.Get(api.HeaderAccepted))
	require.Equal(t, "task", <-got)
	require.NoError(t, conn.FlushWithContext(within)) // had another been sent it, it would be there
	for _, c := range servers {
		c.Close()
	}
	require.Empty(t, <-got)
}

func awaitPoll(t *testing.T, c *Conn, key deskKey) {
	t.Helper()
	require.Eventually(t, func() bool {
		d := c.find(key)
		return d != nil && d.count() > 0
	}, patience, time.Millisecond)
}
