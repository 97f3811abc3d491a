package temporal

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// Search attributes of the tests, one of each type.
var (
	keyword  = temporal.NewSearchAttributeKeyKeyword("E2EKeyword")
	words    = temporal.NewSearchAttributeKeyString("E2EText")
	number   = temporal.NewSearchAttributeKeyInt64("E2EInt")
	fraction = temporal.NewSearchAttributeKeyFloat64("E2EDouble")
	truth    = temporal.NewSearchAttributeKeyBool("E2EBool")
	moment   = temporal.NewSearchAttributeKeyTime("E2EDatetime")
	list     = temporal.NewSearchAttributeKeyKeywordList("E2EKeywordList")
)

// addSearchAttributes makes them known to the default namespace, unless they are.
func addSearchAttributes(t testing.TB, c client.Client) {
	t.Helper()
	types := map[string]enumspb.IndexedValueType{}
	for _, key := range []temporal.SearchAttributeKey{keyword, words, number, fraction, truth, moment, list} {
		types[key.GetName()] = key.GetValueType()
	}
	_, err := c.OperatorService().AddSearchAttributes(within(t), &operatorservice.AddSearchAttributesRequest{
		Namespace: client.DefaultNamespace, SearchAttributes: types,
	})
	var known *serviceerror.AlreadyExists
	if !errors.As(err, &known) {
		require.NoError(t, err)
	}
	listed, err := c.OperatorService().ListSearchAttributes(within(t), &operatorservice.ListSearchAttributesRequest{Namespace: client.DefaultNamespace})
	require.NoError(t, err)
	for name, kind := range types {
		require.Equal(t, kind, listed.GetCustomAttributes()[name], name)
	}
}

func TestSearchAttributes(t *testing.T) {
	when := time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
	eachWay(t, func(t *testing.T, c client.Client) {
		addSearchAttributes(t, c)
		queue := startWorkerOf(t, c, func(ctx workflow.Context) (bool, error) {
			given := workflow.GetTypedSearchAttributes(ctx)
			n, _ := given.GetInt64(number)
			if err := workflow.UpsertTypedSearchAttributes(ctx, number.ValueSet(n+1), truth.ValueUnset(), list.ValueSet([]string{"a", "b"})); err != nil {
				return false, err
			}
			_, still := workflow.GetTypedSearchAttributes(ctx).GetBool(truth)
			return still, workflow.Sleep(ctx, time.Millisecond)
		})
		run, err := c.ExecuteWorkflow(within(t), client.StartWorkflowOptions{
			TaskQueue: queue,
			TypedSearchAttributes: temporal.NewSearchAttributes(keyword.ValueSet("k"), words.ValueSet("some words"), number.ValueSet(41),
				fraction.ValueSet(0.5), truth.ValueSet(true), moment.ValueSet(when)),
		}, "play")
		require.NoError(t, err)
		require.False(t, resultOf[bool](t, run))

		described, err := c.DescribeWorkflow(within(t), run.GetID(), "")
		require.NoError(t, err)
		want := temporal.NewSearchAttributes(keyword.ValueSet("k"), words.ValueSet("some words"), number.ValueSet(42),
			fraction.ValueSet(0.5), moment.ValueSet(when), list.ValueSet([]string{"a", "b"}))
		got := described.TypedSearchAttributes
		for key, value := range want.GetUntypedValues() {
			require.Equal(t, value, got.GetUntypedValues()[key], key.GetName())
		}
		require.False(t, got.ContainsKey(truth))
	})
}

func TestUnknownSearchAttribute(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		_, err := c.ExecuteWorkflow(within(t), client.StartWorkflowOptions{
			TaskQueue:             "nobody",
			TypedSearchAttributes: temporal.NewSearchAttributes(temporal.NewSearchAttributeKeyKeyword("E2EUnheardOf").ValueSet("x")),
		}, "play")
		var invalid *serviceerror.InvalidArgument
		require.ErrorAs(t, err, &invalid)
		require.ErrorContains(t, err, "E2EUnheardOf")
	})
}

// fromMemo reads one of a memo's fields; what is not there leaves value alone.
func fromMemo(fields map[string]*commonpb.Payload, name string, value any) error {
	if fields[name] == nil {
		return nil
	}
	return converter.GetDefaultDataConverter().FromPayload(fields[name], value)
}

func TestMemo(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		queue := startWorkerOf(t, c, func(ctx workflow.Context) (string, error) {
			if err := workflow.UpsertMemo(ctx, map[string]any{"changed": "by the workflow", "gone": nil}); err != nil {
				return "", err
			}
			var kept string
			err := fromMemo(workflow.GetInfo(ctx).Memo.GetFields(), "kept", &kept)
			return kept, err
		})
		run, err := c.ExecuteWorkflow(within(t), client.StartWorkflowOptions{
			TaskQueue: queue, StaticSummary: "a summary", StaticDetails: "and details",
			Memo: map[string]any{"kept": "as given", "changed": 1, "gone": true},
		}, "play")
		require.NoError(t, err)
		require.Equal(t, "as given", resultOf[string](t, run))

		described, err := c.DescribeWorkflow(within(t), run.GetID(), "")
		require.NoError(t, err)
		fields := described.Memo.GetFields()
		require.Len(t, fields, 2)
		var changed string
		require.NoError(t, fromMemo(fields, "changed", &changed))
		require.Equal(t, "by the workflow", changed)
		summary, err := described.GetStaticSummary()
		require.NoError(t, err)
		require.Equal(t, "a summary", summary)
		details, err := described.GetStaticDetails()
		require.NoError(t, err)
		require.Equal(t, "and details", details)
	})
}
