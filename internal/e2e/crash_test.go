package e2e

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/internal/proctest"
	"github.com/perdure/perdure/runtime"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/worker"
)

// seldom is for tests that are not about power cuts: a killed process loses nothing by it.
const seldom = time.Minute

// crash is how a server is killed under a load of journeys.
type crash struct {
	journeys int
	every    int // a kill follows each so many runs of activities; a journey has 14 and more
	pause    time.Duration
	start    func(t testing.TB, address string) *proctest.Process
}

// Journeys go on while their server is killed and started again.
func TestCrash(t *testing.T) {
	c := crash{journeys: 240, every: 730, pause: 200 * time.Millisecond}
	if *long {
		c = crash{journeys: 1000, every: 400, pause: time.Second}
	}
	dir := natstest.Dir(t)
	c.start = func(t testing.TB, address string) *proctest.Process {
		return startServer(t, settings{DataDir: dir, Listen: address, SyncInterval: seldom})
	}
	c.run(t)
}

// The same, with everything at rest and cut as often as can be.
func TestCrashWhileRestingAndCutting(t *testing.T) {
	c := crash{journeys: 240, every: 610, pause: 1500 * time.Millisecond}
	if *long {
		c = crash{journeys: 1000, every: 400, pause: 2 * time.Second}
	}
	dir := natstest.Dir(t)
	c.start = func(t testing.TB, address string) *proctest.Process {
		return startServer(t, settings{DataDir: dir, Listen: address, SyncInterval: seldom, Tuning: restless})
	}
	c.run(t)
}

// restless has runs go to rest, and logs cut, as soon as there is anything to.
var restless = runtime.Tuning{RestAfter: 50 * time.Millisecond, RestBusy: 100 * time.Millisecond, CutBytes: 4 << 10}

// The real binary, with each write synced.
func TestCrashOfTheBinary(t *testing.T) {
	dir := natstest.Dir(t)
	program := filepath.Join(dir, "perdure")
	out, err := exec.Command("go", "build", "-o", program, "../../cmd/perdure").CombinedOutput()
	require.NoError(t, err, "%s", out)
	crash{journeys: 40, every: 170, pause: 50 * time.Millisecond, start: func(t testing.TB, address string) *proctest.Process {
		return proctest.Start(t, exec.Command(program, "server", "--data-dir", filepath.Join(dir, "data"), "--listen", address))
	}}.run(t)
}

func (c crash) run(t *testing.T) {
	address := proctest.FreeAddress(t)
	server := c.start(t, address)
	server.AwaitReady(t)
	cl := connectClient(t, "nats://"+address)
	effects := newLedger(c.every)
	startWorker(t, cl, worker.Options{}, effects.implementations()...)

	load{client: cl, effects: effects, journeys: c.journeys, pause: c.pause, disturb: func(int) {
		server.Kill()
		server = c.start(t, address)
	}}.run(t)
	server.AwaitReady(t)
	server.Stop(t)
}

// load is a number of journeys, all at once, and what is done to them.
type load struct {
	client   *client.Client
	effects  *ledger
	journeys int
	pause    time.Duration
	// disturb is called at each milestone; times counts from 1.
	disturb func(times int)
}

// run waits for all journeys and checks what they brought back, their effects and their histories.
func (l load) run(t *testing.T) {
	limit := patience
	if *long {
		limit = 10 * time.Minute
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	ends := make(chan string, l.journeys)
	outcomes := undertakeAll(ctx, l.client, l.journeys, l.pause, ends)
	ended, times := 0, 0
	for ended < l.journeys {
		select {
		case <-ends:
			ended++
		case <-l.effects.milestones:
			times++
			l.disturb(times)
		case <-ctx.Done():
			require.Fail(t, "journeys do not end", "%d of %d did, disturbed %d times", ended, l.journeys, times)
		}
	}
	require.Positive(t, times)
	lost := 0
	for id, o := range outcomes() {
		require.NoError(t, o.err, id)
		l.effects.check(t, id, o.end)
		require.Len(t, checkRuns(ctx, t, l.client, id), 2)
		lost += len(o.end.Lost)
	}
	t.Logf("%d journeys, disturbed %d times; of %d activities with one attempt the outcome is not known", l.journeys, times, lost)
}

// outcome is how a journey ended.
type outcome struct {
	end itinerary
	err error
}

// undertakeAll undertakes that many journeys at once. It tells ends the id of each that ends; the
// function that it returns waits for all.
func undertakeAll(ctx context.Context, c *client.Client, count int, pause time.Duration, ends chan<- string) func() map[string]outcome {
	var mu sync.Mutex
	var all sync.WaitGroup
	outcomes := map[string]outcome{}
	for n := range count {
		all.Go(func() {
			id := fmt.Sprintf("journey-%d", n)
			end, err := undertake(ctx, c, id, pause)
			mu.Lock()
			outcomes[id] = outcome{end, err}
			mu.Unlock()
			ends <- id
		})
	}
	return func() map[string]outcome {
		all.Wait()
		return outcomes
	}
}
