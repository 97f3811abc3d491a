package worker

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
)

// An activity that comes with the answer to a workflow task is started already: a worker that has begun
// to stop meanwhile runs it.
func TestAnActivityThatComesWhileTheWorkerStops(t *testing.T) {
	f := newFixture(t)
	f.service.SetEager(true)
	var first sync.Once // the activity's end brings the run's next task, which may reach the worker before it has stopped
	asked, goOn := make(chan struct{}), make(chan struct{})
	var serve func(proto.Message) (proto.Message, error)
	serve = f.service.On("RespondWorkflowTaskCompleted", func(request proto.Message) (proto.Message, error) {
		first.Do(func() { close(asked) })
		<-goOn
		return serve(request)
	})
	ran := make(chan string, 1)
	w := f.worker(t, Options{}, checkout.Implement(chargeItems), charge.Implement(func(_ context.Context, in order) (string, error) {
		ran <- in.ID
		return "", nil
	}))
	f.start(t, "o", 1)
	receive(t, asked)
	ended := make(chan error)
	go func() { ended <- w.Stop() }()
	receive(t, w.stopping)
	close(goOn)
	require.Equal(t, "o-0", receive(t, ran))
	require.NoError(t, receive(t, ended))
}
