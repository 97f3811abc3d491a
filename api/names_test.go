package api_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"github.com/perdure/perdure/api"
)

// longest are names at their limits.
var (
	longestID        = strings.Repeat("\xff", api.MaxID)
	longestNamespace = strings.Repeat("n", api.MaxNamespace)
	longestPrefix    = api.Names{Prefix: strings.Repeat("p", 32)}
	longestIn        = api.Incarnation{Namespace: longestNamespace, Number: 1<<64 - 1}
)

func TestNamesSayWhatTheDesignSays(t *testing.T) {
	n, in := api.Names{}, api.Incarnation{Namespace: "shop", Number: 3}
	for want, got := range map[string]string{
		"perdure.log.shop.2":                      n.Log("shop", 2),
		"perdure.open.shop.order-1.r1":            n.Open("shop", "order-1", "r1"),
		"perdure.history.shop.a%2Eb.r1":           n.History("shop", "a.b", "r1"),
		"perdure.history.shop.order-1.*":          n.HistoryOf("shop", "order-1"),
		"perdure.task.shop.activity.q%20one.k":    n.Task("shop", enumspb.TASK_QUEUE_TYPE_ACTIVITY, "q one", "k"),
		"perdure.task.shop.workflow.q.>":          n.TaskQueue("shop", enumspb.TASK_QUEUE_TYPE_WORKFLOW, "q"),
		"perdure.sticky.shop.q.w1":                n.Sticky("shop", "q", "w1"),
		"perdure.events.shop.order-1":             n.Events("shop", "order-1"),
		"perdure.api.shop.StartWorkflowExecution": n.API("shop", "StartWorkflowExecution"),
		"perdure.worker.shop.q.OpenTaskQueue":     n.Worker("shop", "q", api.OpenTaskQueue),
		"perdure.admin.ListNamespaces":            n.Admin("ListNamespaces"),
		"PERDURE_shop_3_LOG_2":                    n.LogStream(in, 2),
		"PERDURE_shop_3_OPEN":                     n.OpenStream(in),
		"PERDURE_shop_3_HISTORY":                  n.HistoryStream(in),
		"PERDURE_shop_3_TASKS":                    n.TasksStream(in),
		"perdure-namespaces":                      n.NamespacesBucket(),
		"perdure-shards":                          n.ShardsBucket(),
		"perdure-payloads-shop-3":                 string(n.PayloadsBucket(in)),
		"OBJ_perdure-payloads-shop-3":             n.PayloadsBucket(in).Stream(),
		"$O.perdure-payloads-shop-3.C.x":          n.PayloadsBucket(in).Chunks("x"),
		"$O.perdure-payloads-shop-3.C.>":          n.PayloadsBucket(in).AllChunks(),
		"$O.perdure-payloads-shop-3.M.eA==":       n.PayloadsBucket(in).Meta("x"),
		"$O.perdure-payloads-shop-3.M.>":          n.PayloadsBucket(in).AllMeta(),
		"two.log.shop.0":                          api.Names{Prefix: "two"}.Log("shop", 0),
		"activity-q":                              n.TaskConsumer(enumspb.TASK_QUEUE_TYPE_ACTIVITY, "q"),
	} {
		require.Equal(t, want, got)
	}
}

// TestEveryNameFits calls every method of Names with the longest arguments: a
// subject stays far below NATS's 4 KiB for a protocol line, a stream's or
// consumer's name below 255.
func TestEveryNameFits(t *testing.T) {
	names := reflect.ValueOf(longestPrefix)
	for i := range names.NumMethod() {
		method := names.Type().Method(i)
		if method.Type.NumOut() != 1 || method.Type.Out(0).Kind() != reflect.String {
			continue
		}
		arguments := make([]reflect.Value, method.Type.NumIn()-1)
		for j := range arguments {
			arguments[j] = longest(method.Type.In(j + 1))
		}
		name := names.Method(i).Call(arguments)[0].String()
		limit := 900
		if strings.HasSuffix(method.Name, "Stream") || strings.HasSuffix(method.Name, "Bucket") || method.Name == "TaskConsumer" {
			limit = 200
		}
		require.Less(t, len(name), limit, method.Name)
		require.NotContains(t, name, " ", method.Name)
	}
}

func longest(of reflect.Type) reflect.Value {
	switch of.Kind() {
	case reflect.String:
		return reflect.ValueOf(longestID[:api.MaxNamespace])
	case reflect.Int:
		if of == reflect.TypeFor[api.Door]() {
			return reflect.ValueOf(api.WorkerDoor)
		}
		return reflect.ValueOf(1 << 30)
	case reflect.Struct:
		return reflect.ValueOf(longestIn)
	}
	return reflect.ValueOf(enumspb.TASK_QUEUE_TYPE_WORKFLOW)
}

func TestLongIDsInSubjects(t *testing.T) {
	for _, subject := range []string{
		longestPrefix.History(longestNamespace, longestID, longestID),
		longestPrefix.Task(longestNamespace, enumspb.TASK_QUEUE_TYPE_WORKFLOW, longestID, strings.Repeat("k", 40)),
		longestPrefix.Sticky(longestNamespace, longestID, longestID),
		longestPrefix.Worker(longestNamespace, longestID, "RespondActivityTaskCompletedById"),
	} {
		require.Less(t, len(subject), 512)
	}
	require.Less(t, len(longestPrefix.TaskConsumer(enumspb.TASK_QUEUE_TYPE_WORKFLOW, longestID)), 255)
}

func TestNamespacesAreChecked(t *testing.T) {
	for _, name := range []string{"default", "a", "A-b_9", longestNamespace} {
		require.NoError(t, api.CheckNamespace(name))
	}
	for _, name := range []string{"", "a.b", "a b", "*", ">", "ü", longestNamespace + "n", "a\n"} {
		require.Error(t, api.CheckNamespace(name), "%q", name)
	}
	require.NoError(t, api.Names{}.Validate())
	require.Error(t, api.Names{Prefix: "a.b"}.Validate())
	require.Error(t, api.Names{Prefix: strings.Repeat("p", 33)}.Validate())
}
