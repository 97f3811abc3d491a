package namespace

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/internal/natstest"
)

func add(t *testing.T, r *Registry, attributes map[string]enumspb.IndexedValueType) error {
	t.Helper()
	_, err := r.AddSearchAttributes(testContext(t), &operatorservice.AddSearchAttributesRequest{Namespace: "a", SearchAttributes: attributes})
	return err
}

func TestSearchAttributesAreAddedListedAndRemoved(t *testing.T) {
	r := newRegistry(t, natstest.Start(t).Connect(t), func(c *Config) { c.Shards = 1 })
	require.NoError(t, register(t, r, "a"))
	all := map[string]enumspb.IndexedValueType{}
	for number, name := range enumspb.IndexedValueType_name {
		if number != 0 {
			all["My"+name] = enumspb.IndexedValueType(number)
		}
	}
	require.Len(t, all, 7)
	require.NoError(t, add(t, r, all))
	require.NoError(t, add(t, r, all), "what is there is left as it is, as with Temporal")
	require.EqualValues(t, all, r.SearchAttributes("a"))

	list := func() *operatorservice.ListSearchAttributesResponse {
		reply, err := r.ListSearchAttributes(testContext(t), &operatorservice.ListSearchAttributesRequest{Namespace: "a"})
		require.NoError(t, err)
		return reply
	}
	require.Equal(t, all, list().CustomAttributes)
	require.Equal(t, enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST, list().SystemAttributes["BuildIds"])
	keys, err := r.GetSearchAttributes(testContext(t), &workflowservice.GetSearchAttributesRequest{})
	require.NoError(t, err)
	require.Len(t, keys.Keys, len(all)+len(list().SystemAttributes))

	remove := func(names ...string) error {
		_, err := r.RemoveSearchAttributes(testContext(t), &operatorservice.RemoveSearchAttributesRequest{Namespace: "a", SearchAttributes: names})
		return err
	}
	var invalid *serviceerror.InvalidArgument
	require.NoError(t, remove("MyKeyword", "Unknown"))
	require.NotContains(t, list().CustomAttributes, "MyKeyword")
	require.ErrorAs(t, remove("WorkflowId"), &invalid)
	require.ErrorAs(t, remove("BuildIds"), &invalid)
	require.ErrorAs(t, remove(), &invalid)
}

func TestSearchAttributesThatCannotBeAdded(t *testing.T) {
	r := newRegistry(t, natstest.Start(t).Connect(t), func(c *Config) { c.Shards = 1 })
	require.NoError(t, register(t, r, "a"))
	var invalid *serviceerror.InvalidArgument
	for _, name := range []string{"WorkflowId", "TemporalX", "Memo", "", " x", "a`b", "a\nb", string(make([]byte, 300)), "\xff"} {
		require.ErrorAs(t, add(t, r, map[string]enumspb.IndexedValueType{name: enumspb.INDEXED_VALUE_TYPE_INT}), &invalid, "%q", name)
	}
	require.ErrorAs(t, add(t, r, nil), &invalid)
	require.ErrorAs(t, add(t, r, map[string]enumspb.IndexedValueType{"X": 0}), &invalid)
	require.ErrorAs(t, add(t, r, map[string]enumspb.IndexedValueType{"X": 99}), &invalid)

	require.NoError(t, add(t, r, map[string]enumspb.IndexedValueType{"X": enumspb.INDEXED_VALUE_TYPE_INT}))
	var exists *serviceerror.AlreadyExists
	require.ErrorAs(t, add(t, r, map[string]enumspb.IndexedValueType{"A": enumspb.INDEXED_VALUE_TYPE_INT, "X": enumspb.INDEXED_VALUE_TYPE_BOOL}), &exists)
	require.Len(t, r.SearchAttributes("a"), 1, "all or nothing")

	many := map[string]enumspb.IndexedValueType{}
	for i := range maxOfType {
		many[fmt.Sprint("K", i)] = enumspb.INDEXED_VALUE_TYPE_KEYWORD
	}
	require.NoError(t, add(t, r, many))
	require.ErrorAs(t, add(t, r, map[string]enumspb.IndexedValueType{"More": enumspb.INDEXED_VALUE_TYPE_KEYWORD}), &invalid)
	require.NoError(t, add(t, r, map[string]enumspb.IndexedValueType{"More": enumspb.INDEXED_VALUE_TYPE_TEXT}))
}

func TestSearchAttributesAddedAtOnce(t *testing.T) {
	server := natstest.Start(t)
	require.NoError(t, register(t, newRegistry(t, server.Connect(t), func(c *Config) { c.Shards = 1 }), "a"))
	var group sync.WaitGroup
	for i := range 8 {
		r := newRegistry(t, server.Connect(t))
		group.Go(func() {
			for j := range 5 {
				_, err := r.AddSearchAttributes(testContext(t), &operatorservice.AddSearchAttributesRequest{
					Namespace: "a", SearchAttributes: map[string]enumspb.IndexedValueType{fmt.Sprint("X", i*5+j): enumspb.INDEXED_VALUE_TYPE_INT},
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	require.Len(t, newRegistry(t, server.Connect(t)).SearchAttributes("a"), 40)
}
