package history

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/history/machine"
)

// await waits for the answer to a request that no loop serves.
func (a *asked) await(t testing.TB) (proto.Message, error) {
	t.Helper()
	select {
	case o := <-a.outcome:
		return o.reply, o.err
	case <-within(t).Done():
		require.Fail(t, "it is never answered")
		return nil, nil
	}
}

// Each request is answered, wherever it is when the loop ends.
func TestTheLoopsEndAnswersAll(t *testing.T) {
	d := newPlace(t, nil).drive(t)
	taken, found, waiting, inFrame := newRequest(t, signal("a", "s")), newRequest(t, signal("b", "s")), newRequest(t, signal("c", "s")), newRequest(t, start("d"))
	d.inbox, d.next = []any{taken.request, &refused{found.request, serviceerror.NewNotFound("no such run")}}, 0
	d.wait(d.enter("c"), waiting.request)
	require.NoError(t, d.handle(inFrame.request))
	d.close(errors.New("the log failed"))
	for _, r := range []*asked{taken, found, waiting, inFrame} {
		_, err := r.await(t)
		require.ErrorAs(t, err, new(*serviceerror.Unavailable))
	}
}

// What a loop leaves to the next one is answered when its time is over, however long recovery takes.
func TestNobodyWaitsForARecoveryLongerThanAsked(t *testing.T) {
	sh := newPlace(t, nil).shard(t)
	left, found := newRequest(t, signal("a", "s")), newRequest(t, signal("b", "s"))
	ctx, cancel := context.WithCancel(context.Background())
	left.ctx = ctx
	sh.mailbox.Put(left.request)
	sh.mailbox.Put(&refused{found.request, serviceerror.NewNotFound("no such run")})
	sh.forgetHelp()
	_, err := found.await(t)
	require.ErrorAs(t, err, new(*serviceerror.Unavailable))
	cancel()
	_, err = left.await(t)
	require.ErrorAs(t, err, new(*serviceerror.Unavailable))
	require.Len(t, sh.mailbox.Take(nil), 1, "the next loop may still find it")
}

func TestWhoWaitsForARunIsAnsweredInTime(t *testing.T) {
	d := newPlace(t, nil).drive(t)
	e := d.enter("a")
	e.loading = true
	r := newRequest(t, signal("a", "s"))
	ctx, cancel := context.WithCancel(context.Background())
	r.ctx = ctx
	d.wait(e, r.request)
	cancel()
	_, err := d.outcome(r)
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, e.waiting)
}

// A fault of the program that panics is one of a run, or of a shard's loop, not of the process.
func TestPanics(t *testing.T) {
	d := newPlace(t, nil).drive(t)
	_, err := d.survive(func(*machine.Workflow, machine.Input) (machine.Decision, error) { panic("secret") }, d.enter("a"), d.input())
	require.ErrorIs(t, err, machine.ErrBroken)
	require.NotContains(t, err.Error(), "secret")

	d.help(func() any { panic("secret") })
	for err = nil; err == nil; {
		select {
		case <-d.mailbox.Wake():
		case <-within(t).Done():
			require.Fail(t, "the loop is not told")
		}
		for _, item := range d.mailbox.Take(nil) {
			err = errors.Join(err, d.handle(item))
		}
	}
	require.ErrorContains(t, err, "panic")
	require.ErrorContains(t, d.guard(func() error { panic(fmt.Errorf("secret")) }), "panic")
}
