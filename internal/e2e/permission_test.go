package e2e

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	namespacepb "go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/workerpb"
	"github.com/perdure/perdure/internal/logtest"
	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/internal/rpc"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/worker"
)

// permissions is the document that the tests here read.
const permissions = "PERMISSIONS.md"

// The namespace and the queue of the document.
const (
	shopNamespace = "shop"
	checkoutQueue = "checkout"
)

var shopIncarnation = api.Incarnation{Namespace: shopNamespace, Number: 1}

// as is a connection of one of the document's users, and what NATS forbade it.
type as struct {
	*nats.Conn
	name      string
	forbidden *logtest.Lines
}

func connectAs(t testing.TB, n *natstest.Server, name string) as {
	t.Helper()
	forbidden := &logtest.Lines{}
	conn, err := nats.Connect(n.ClientURL(), nats.UserInfo(name, name+"'s"), nats.CustomInboxPrefix("_INBOX."+name),
		nats.MaxReconnects(-1), nats.ReconnectWait(20*time.Millisecond), nats.Name(name),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			_, _ = forbidden.Write([]byte(err.Error() + "\n"))
		}))
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	return as{conn, name, forbidden}
}

func (a as) client(t testing.TB) *client.Client {
	t.Helper()
	c, err := client.Connect(client.Options{Conn: a.Conn, Namespace: shopNamespace, Identity: a.name})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// work starts a worker of the document's queue.
func (a as) work(t testing.TB, e *errands) *worker.Worker {
	t.Helper()
	w, err := worker.New(a.client(t), checkoutQueue, worker.Options{})
	require.NoError(t, err)
	w.Register(e.implementations()...)
	w.Register(haul.Implement(hauling), carry.Implement(carrying))
	require.NoError(t, w.Start())
	t.Cleanup(func() { require.NoError(t, w.Stop()) })
	return w
}

// requireForbidden tries what NATS must not let the user do: each word is a subject, published to, or
// subscribed to behind a minus.
func (a as) requireForbidden(t *testing.T, subjects ...string) {
	t.Helper()
	for _, subject := range subjects {
		listen, isListen := strings.CutPrefix(subject, "-")
		words := "Publish to \"" + subject + "\""
		if isListen {
			words = "Subscription to \"" + listen + "\""
			_, err := a.SubscribeSync(listen)
			require.NoError(t, err)
		} else {
			require.NoError(t, a.Publish(subject, nil))
		}
		require.NoError(t, a.Flush())
		eventually(t, func() bool { return a.forbidden.Count("Permissions Violation", words) > 0 }, "%s: %s", words, a.forbidden)
	}
}

// guarded is a server with the document's permissions.
func guarded(t testing.TB, n *natstest.Server) local {
	t.Helper()
	config := on(n.ClientURL(), restless)
	config.Connection.User, config.Connection.Password, config.Connection.InboxPrefix = "perdure", "perdure's", "_INBOX.perdure"
	config.Namespaces = []string{shopNamespace}
	config.Tuning.PayloadGrace = 4 * time.Second
	return startLocal(t, config)
}

// With the lists of the document everything works, for the server too, and the users of the queue and of
// the namespace can do nothing else.
func TestPermissions(t *testing.T) {
	together, apart := block(t, permissions, "nats.conf: one account"), block(t, permissions, "nats.conf: accounts")
	for name, parts := range map[string][]string{
		"one account": {together}, "accounts": {apart}, "one account, in a domain": {together, "jetstream { domain: hub }"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testPermissions(t, natstest.Start(t, natstest.Configured(t, parts...)))
		})
	}
}

// perdureJS is JetStream with the rights of the server's user.
func perdureJS(t testing.TB, n *natstest.Server) jetstream.JetStream {
	t.Helper()
	conn := connectAs(t, n, "perdure").Conn
	js, err := jetstream.New(conn)
	if domain := n.JetStreamConfig().Domain; domain != "" {
		js, err = jetstream.NewWithDomain(conn, domain)
	}
	require.NoError(t, err)
	return js
}

func testPermissions(t *testing.T, n *natstest.Server) {
	tasksInFiles(t, n)
	s := guarded(t, n)
	shop, checkout, operator := connectAs(t, n, "shop"), connectAs(t, n, "checkout"), connectAs(t, n, "operator")
	requireUseful(t, n, shop, checkout)
	requireLarge(t, n, shop)
	requireCut(t, n, shop)
	s.stop(t)
	s = guarded(t, n)
	send(within(t), t, shop.client(t), checkoutQueue, "errand-2")
	requireLookedAfter(t, operator)
	requireRemade(t, n)
	send(within(t), t, shop.client(t), checkoutQueue, "errand-3")
	for _, a := range []as{shop, checkout, operator} {
		require.Empty(t, a.forbidden.String(), a.name)
	}
	require.Zero(t, s.log.Count("ermission"), "%s", s.log)
	requireNarrow(t, shop, checkout)
	connectAs(t, n, "perdure").requireForbidden(t,
		"$JS.API.STREAM.DELETE."+names.LogStream(shopIncarnation, 0), "$JS.API.STREAM.DELETE."+names.OpenStream(shopIncarnation))
}

// tasksInFiles makes TASKS as the server does, but in files, so that it outlives its nats-server.
func tasksInFiles(t *testing.T, n *natstest.Server) {
	t.Helper()
	_, err := perdureJS(t, n).CreateStream(within(t), jetstream.StreamConfig{
		Name: names.TasksStream(shopIncarnation), Subjects: []string{names.TaskAll(shopNamespace)}, Retention: jetstream.WorkQueuePolicy,
		Discard: jetstream.DiscardNew, DiscardNewPerSubject: true, MaxMsgsPerSubject: 1,
	})
	require.NoError(t, err)
}

// requireRemade: a TASKS that comes back empty, and as the stream that it was, is made anew.
func requireRemade(t *testing.T, n *natstest.Server) {
	t.Helper()
	ctx, js, name := within(t), perdureJS(t, n), names.TasksStream(shopIncarnation)
	made := mustStream(t, js, name).CachedInfo().Created
	n.Stop()
	n.Empty(t, name)
	n.Restart(t)
	eventually(t, func() bool {
		ctx, cancel := context.WithTimeout(ctx, time.Second) // it is away for a moment
		defer cancel()
		stream, err := js.Stream(ctx, name)
		return err == nil && stream.CachedInfo().Created.After(made)
	}, "TASKS is not made anew")
}

// requireUseful: workflows run from their start to their end, and are watched.
func requireUseful(t *testing.T, n *natstest.Server, shop, checkout as) {
	t.Helper()
	ctx, c, e := within(t), shop.client(t), &errands{}
	events, err := shop.SubscribeSync(names.Events(shopNamespace, "errand-1"))
	require.NoError(t, err)
	require.NoError(t, shop.Flush())
	checkout.work(t, e)
	send(ctx, t, c, checkoutQueue, "errand-1")
	require.EqualValues(t, 1+1, e.begun.Load(), "once, and once for the query of what was closed")
	require.EqualValues(t, 2, e.fetched.Load())
	_, err = events.NextMsgWithContext(ctx)
	require.NoError(t, err)

	requireDirect(t, n)
}

// requireLarge: payloads may be larger than messages, and go with the workflow.
func requireLarge(t *testing.T, n *natstest.Server, shop as) {
	t.Helper()
	ctx, c, js := within(t), shop.client(t), perdureJS(t, n)
	in, more := random(2<<20), random(1<<20)
	run, err := client.Start(ctx, c, haul, in, client.StartOptions{TaskQueue: checkoutQueue})
	require.NoError(t, err)
	require.NoError(t, client.Signal(ctx, c, run.ID(), "", loadMore, more))
	out, err := run.Result(ctx)
	require.NoError(t, err)
	require.True(t, bytes.Equal(slices.Concat(in, more), out))
	require.NoError(t, c.Delete(ctx, run.ID(), run.RunID()))
	eventually(t, func() bool {
		return streamState(t, js, names.PayloadsBucket(shopIncarnation).Stream()).Msgs == 0
	}, "its payloads are still there")
}

// requireDirect: all workflow tasks but the first went straight to their worker, and that one's message is gone.
func requireDirect(t *testing.T, n *natstest.Server) {
	t.Helper()
	js := perdureJS(t, n)
	consumer, err := js.Consumer(within(t), names.TasksStream(shopIncarnation), names.TaskConsumer(enumspb.TASK_QUEUE_TYPE_WORKFLOW, checkoutQueue))
	require.NoError(t, err)
	require.EqualValues(t, 1, consumer.CachedInfo().Delivered.Consumer)
	eventually(t, func() bool { return streamState(t, js, names.TasksStream(shopIncarnation)).Msgs == 0 }, "a task is not acknowledged")
}

// requireCut: runs go to rest, close, and leave OPEN and the logs.
func requireCut(t *testing.T, n *natstest.Server, shop as) {
	t.Helper()
	const some = 20
	ctx, c, js := within(t), shop.client(t), perdureJS(t, n)
	state := func(stream string) jetstream.StreamState { return streamState(t, js, stream) }
	open, closed, log := names.OpenStream(shopIncarnation), names.HistoryStream(shopIncarnation), names.LogStream(shopIncarnation, 0)
	for round := 0; state(log).FirstSeq == 1 || state(closed).Msgs == 0 || state(open).Msgs == state(open).LastSeq; round++ {
		require.NoError(t, ctx.Err(), "they do not")
		before := state(open).LastSeq
		inParallel(some, func(n int) {
			id := fmt.Sprintf("idle-%d-%d", round, n)
			if _, err := client.Start(ctx, c, errand, "tea", client.StartOptions{ID: id, TaskQueue: "nobody's"}); err != nil {
				t.Errorf("%s: %v", id, err)
			}
		})
		eventually(t, func() bool { return state(open).LastSeq >= before+some }, "they do not rest")
		inParallel(some, func(n int) {
			id := fmt.Sprintf("idle-%d-%d", round, n)
			if err := c.Terminate(ctx, id, "", "enough"); err != nil {
				t.Errorf("%s: %v", id, err)
			}
		})
	}
}

// requireLookedAfter: an operator sees and reaches all that there is.
func requireLookedAfter(t *testing.T, operator as) {
	t.Helper()
	ctx := within(t)
	require.NoError(t, rpc.Call(ctx, operator.Conn, names.Admin("DescribeNamespace"),
		&workflowservice.DescribeNamespaceRequest{Namespace: shopNamespace}, &workflowservice.DescribeNamespaceResponse{}))
	require.NoError(t, rpc.Call(ctx, operator.Conn, names.Admin("UpdateNamespace"), &workflowservice.UpdateNamespaceRequest{
		Namespace: shopNamespace, Config: &namespacepb.NamespaceConfig{WorkflowExecutionRetentionTtl: durationpb.New(time.Hour)},
	}, &workflowservice.UpdateNamespaceResponse{}))
	require.NoError(t, rpc.Call(ctx, operator.Conn, names.API(shopNamespace, "DescribeTaskQueue"),
		&workflowservice.DescribeTaskQueueRequest{TaskQueue: &taskqueuepb.TaskQueue{Name: checkoutQueue}, ReportStats: true}, &workflowservice.DescribeTaskQueueResponse{}))
	events, err := operator.SubscribeSync(names.Events(shopNamespace, "watched"))
	require.NoError(t, err)
	_, err = client.Start(ctx, operator.client(t), errand, "tea", client.StartOptions{ID: "watched", TaskQueue: "nobody's"})
	require.NoError(t, err)
	_, err = events.NextMsgWithContext(ctx)
	require.NoError(t, err)
	_, err = operator.RequestWithContext(ctx, "$SRV.PING", nil)
	require.NoError(t, err)
}

// Who deletes namespaces needs more than the blocks allow, and is told so; once it is allowed, the deletion is finished.
func TestPermissionToDeleteNamespaces(t *testing.T) {
	narrow := block(t, permissions, "nats.conf: one account")
	wide := strings.Replace(narrow, `"$JS.API.STREAM.DELETE.PERDURE_shop_1_TASKS"`, `"$JS.API.STREAM.DELETE.*"`, 1)
	require.NotEqual(t, narrow, wide)
	remove := func(t *testing.T, n *natstest.Server) error {
		return rpc.Call(within(t), connectAs(t, n, "operator").Conn, names.Admin("DeleteNamespace"),
			&operatorservice.DeleteNamespaceRequest{Namespace: shopNamespace}, &operatorservice.DeleteNamespaceResponse{})
	}
	t.Run("narrow", func(t *testing.T) {
		t.Parallel()
		n := natstest.Start(t, natstest.Configured(t, narrow))
		guarded(t, n)
		err := remove(t, n)
		require.ErrorAs(t, err, new(*serviceerror.Unavailable))
		require.ErrorContains(t, err, "STREAM.DELETE")
	})
	t.Run("wide", func(t *testing.T) {
		t.Parallel()
		n := natstest.Start(t, natstest.Configured(t, wide))
		guarded(t, n)
		require.NoError(t, remove(t, n))
		_, err := perdureJS(t, n).Stream(within(t), names.LogStream(shopIncarnation, 0))
		require.ErrorIs(t, err, jetstream.ErrStreamNotFound)
	})
}

// requireNarrow: the users of the queue and of the namespace reach nothing else.
func requireNarrow(t *testing.T, shop, checkout as) {
	t.Helper()
	ctx, log, tasks := within(t), names.LogStream(shopIncarnation, 0), names.TasksStream(shopIncarnation)
	for _, a := range []as{shop, checkout} {
		a.requireForbidden(t,
			names.Admin("RegisterNamespace"), names.API("default", "StartWorkflowExecution"),
			names.Worker("default", checkoutQueue, api.OpenTaskQueue), names.Worker(shopNamespace, "payments", api.OpenTaskQueue),
			names.Log(shopNamespace, 0), names.Open(shopNamespace, "w", "r"), names.History(shopNamespace, "w", "r"),
			names.Task(shopNamespace, enumspb.TASK_QUEUE_TYPE_ACTIVITY, checkoutQueue, "k"), names.Events(shopNamespace, "w"),
			names.Sticky(shopNamespace, checkoutQueue, "w"), names.Query(shopNamespace, checkoutQueue),
			"$JS.API.STREAM.CREATE.MINE", "$JS.API.STREAM.DELETE."+log, "$JS.API.STREAM.MSG.GET."+names.HistoryStream(shopIncarnation),
			"$JS.API.CONSUMER.CREATE."+tasks, "$JS.API.CONSUMER.MSG.NEXT."+tasks+".workflow-payments",
			"$JS.API.STREAM.MSG.DELETE."+names.PayloadsBucket(shopIncarnation).Stream(), "$JS.API.STREAM.PURGE."+names.PayloadsBucket(shopIncarnation).Stream(),
			"$JS.API.STREAM.INFO."+names.PayloadsBucket(shopIncarnation).Stream(), names.PayloadsBucket(first).Meta("x"), names.PayloadsBucket(first).Chunks("x"),
			"$JS.API.STREAM.MSG.GET."+names.PayloadsBucket(shopIncarnation).Stream(),
			"$JS.ACK."+tasks+".workflow-checkout.1.1.1.1.1", "$KV.perdure-namespaces.shop", "$SRV.PING", "_INBOX.perdure.guess",
			"->", "-perdure.>", "-perdure.events.default.>", "-_INBOX.>", "-$JS.>", "-perdure.query.shop.payments", "-perdure.sticky.shop.*.*",
		)
	}
	checkout.requireForbidden(t, names.API(shopNamespace, "StartWorkflowExecution"), "-perdure.events.shop.>")
	shop.requireForbidden(t, names.Worker(shopNamespace, checkoutQueue, api.OpenTaskQueue), "-perdure.sticky.shop.checkout.*")

	_, err := client.Start(ctx, shop.client(t), errand, "tea", client.StartOptions{ID: "elsewhere", TaskQueue: "payments"})
	require.NoError(t, err)
	require.ErrorAs(t, rpc.Call(ctx, checkout.Conn, names.Worker(shopNamespace, checkoutQueue, "GetWorkflowExecutionHistory"),
		&workflowservice.GetWorkflowExecutionHistoryRequest{Execution: &commonpb.WorkflowExecution{WorkflowId: "elsewhere"}},
		&workflowservice.GetWorkflowExecutionHistoryResponse{}), new(*serviceerror.PermissionDenied))
}

// A pull request is answered wherever it says, with JetStream's rights: within one account, who may pull
// from a queue may delete a stream. From an account of its own it cannot, since an import has replies of its own.
func TestPermissionsAndReplies(t *testing.T) {
	for title, safe := range map[string]bool{"nats.conf: one account": false, "nats.conf: accounts": true} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			ctx, n := within(t), natstest.Start(t, natstest.Configured(t, block(t, permissions, title)))
			guarded(t, n)
			checkout, js := connectAs(t, n, "checkout"), perdureJS(t, n)
			require.NoError(t, rpc.Call(ctx, checkout.Conn, names.Worker(shopNamespace, checkoutQueue, api.OpenTaskQueue),
				&workerpb.OpenTaskQueueRequest{TaskQueue: checkoutQueue, Type: enumspb.TASK_QUEUE_TYPE_WORKFLOW}, &workerpb.OpenTaskQueueResponse{}))
			pull := "$JS.API.CONSUMER.MSG.NEXT." + names.TasksStream(shopIncarnation) + ".workflow-checkout"
			request := []byte(`{"batch": 1, "no_wait": true}`)
			require.NoError(t, checkout.PublishRequest(pull, "$JS.API.STREAM.DELETE."+names.OpenStream(shopIncarnation), request))
			_, err := checkout.RequestWithContext(ctx, pull, request) // answered behind it
			require.NoError(t, err)
			there := func() bool { _, err = js.Stream(ctx, names.OpenStream(shopIncarnation)); return err == nil }
			if safe {
				require.True(t, there(), "%v", err)
				return
			}
			eventually(t, func() bool { return !there() }, "the stream is still there")
			require.ErrorIs(t, err, jetstream.ErrStreamNotFound)
		})
	}
}
