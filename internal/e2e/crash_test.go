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
	families bool // expeditions in place of journeys; one has 6 runs of activities and more
	start    func(t testing.TB, address string) *proctest.Process
}

// Journeys go on while their server is killed and started again.
func TestCrash(t *testing.T) {
	c := crash{journeys: 240, every: 730, pause: 200 * time.Millisecond}
	if *long {
		c = crash{journeys: 1000, every: 400, pause: time.Second}
	}
	c.inFolder(t, runtime.Tuning{})
}

// The same, with everything at rest and cut as often as can be.
func TestCrashWhileRestingAndCutting(t *testing.T) {
	c := crash{journeys: 240, every: 610, pause: 1500 * time.Millisecond}
	if *long {
		c = crash{journeys: 1000, every: 400, pause: 2 * time.Second}
	}
	c.inFolder(t, restless)
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

// inFolder runs it with this binary as a server, in a folder of its own.
func (c crash) inFolder(t *testing.T, tuning runtime.Tuning) {
	dir := natstest.Dir(t)
	c.start = func(t testing.TB, address string) *proctest.Process {
		return startServer(t, settings{DataDir: dir, Listen: address, SyncInterval: seldom, Tuning: tuning})
	}
	c.run(t)
}

func (c crash) run(t *testing.T) {
	address := proctest.FreeAddress(t)
	server := c.start(t, address)
	server.AwaitReady(t)
	cl := connectClient(t, "nats://"+address)
	effects := newLedger(c.every)
	l := load{client: cl, effects: effects, journeys: c.journeys, pause: c.pause}
	if c.families {
		l.trip = expeditions(cl, effects)
		startWorker(t, cl, worker.Options{}, effects.exploring()...)
	} else {
		startWorker(t, cl, worker.Options{}, effects.implementations()...)
	}
	l.disturb = func(int) {
		server.Kill()
		server = c.start(t, address)
	}
	l.run(t)
	server.AwaitReady(t)
	server.Stop(t)
}

// load is a number of journeys, all at once, and what is done to them.
type load struct {
	client   *client.Client
	effects  *ledger
	journeys int
	pause    time.Duration
	// trip is what is done in place of a journey, unless it is nil.
	trip trip
	// disturb is called at each milestone; times counts from 1.
	disturb func(times int)
}

// trip is one workflow with all that belongs to it, from its start to its end. check looks at what it left.
type trip func(ctx context.Context, id string) (check func(t testing.TB), err error)

// journey is a trip of a journey.
func (l load) journey(ctx context.Context, id string) (func(testing.TB), error) {
	end, err := undertake(ctx, l.client, id, l.pause)
	return func(t testing.TB) {
		l.effects.check(t, id, end)
		require.Len(t, checkRuns(within(t), t, l.client, id), 2)
	}, err
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
	one := l.trip
	if one == nil {
		one = l.journey
	}
	outcomes := tripAll(ctx, l.journeys, one, ends)
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
	for id, o := range outcomes() {
		require.NoError(t, o.err, id)
		o.check(t)
	}
	t.Logf("%d journeys, disturbed %d times; of %d activities with one attempt the outcome is not known", l.journeys, times, l.effects.unknown)
}

// outcome is how a trip ended.
type outcome struct {
	check func(testing.TB)
	err   error
}

// tripAll makes that many trips at once. It tells ends the id of each that ends; the
// function that it returns waits for all.
func tripAll(ctx context.Context, count int, one trip, ends chan<- string) func() map[string]outcome {
	var mu sync.Mutex
	var all sync.WaitGroup
	outcomes := map[string]outcome{}
	for n := range count {
		all.Go(func() {
			id := fmt.Sprintf("journey-%d", n)
			check, err := one(ctx, id)
			mu.Lock()
			outcomes[id] = outcome{check, err}
			mu.Unlock()
			ends <- id
		})
	}
	return func() map[string]outcome {
		all.Wait()
		return outcomes
	}
}
