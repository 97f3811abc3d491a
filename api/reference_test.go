package api_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/perdure/perdure/api"
)

func TestReferencesAreReadAndFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var payloads []*commonpb.Payload
		var want []api.PayloadID
		for range rapid.IntRange(0, 5).Draw(t, "payloads") {
			encoded := rapid.SliceOf(rapid.Byte()).Draw(t, "encoded")
			if rapid.Bool().Draw(t, "small") {
				payloads = append(payloads, &commonpb.Payload{Data: encoded})
				continue
			}
			id := api.PayloadIDOf(encoded)
			p, err := api.NewReference(id, len(encoded))
			require.NoError(t, err)
			require.True(t, api.IsReference(p))
			got, size, err := api.ReadReference(p)
			require.NoError(t, err)
			require.Equal(t, id, got)
			require.EqualValues(t, len(encoded), size)
			parsed, ok := api.ParsePayloadID(id.String())
			require.True(t, ok)
			require.Equal(t, id, parsed)
			payloads, want = append(payloads, p), append(want, id)
		}
		event, err := proto.Marshal(&historypb.HistoryEvent{Attributes: &historypb.HistoryEvent_WorkflowExecutionStartedEventAttributes{
			WorkflowExecutionStartedEventAttributes: &historypb.WorkflowExecutionStartedEventAttributes{Input: &commonpb.Payloads{Payloads: payloads}},
		}})
		require.NoError(t, err)
		require.Equal(t, len(want) > 0, api.MayHaveReferences(event))
		var found []api.PayloadID
		api.FindReferences(event, func(id api.PayloadID) { found = append(found, id) })
		require.Equal(t, want, found)
	})
}

func TestReferencesThatAreWrong(t *testing.T) {
	for _, data := range []string{"", "\xff", "\x0a\x01x", "\x0a\x57perdure-payload:sha256:" + strings.Repeat("z", 64)} {
		_, _, err := api.ReadReference(&commonpb.Payload{Data: []byte(data)})
		require.Error(t, err, data)
	}
	_, ok := api.ParsePayloadID("ab")
	require.False(t, ok)
}

func FuzzFindReferences(f *testing.F) {
	f.Add([]byte("perdure-payload:sha256:perdure-payload:sha256:" + strings.Repeat("0", 64)))
	f.Fuzz(func(_ *testing.T, data []byte) {
		api.FindReferences(data, func(api.PayloadID) {})
		_, _, _ = api.ReadReference(&commonpb.Payload{Data: data})
	})
}
