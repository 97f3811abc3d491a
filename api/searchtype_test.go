package api

import (
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"google.golang.org/protobuf/proto"
)

func TestTypedSearchAttributes(t *testing.T) {
	given := &commonpb.SearchAttributes{IndexedFields: map[string]*commonpb.Payload{
		"K": attribute(`"a"`), "TemporalChangeVersion": attribute(`["v"]`), "Nobody": attribute(`1`), "I": nil,
	}}
	before := proto.CloneOf(given)
	typed := allTypes.Typed(given)
	require.True(t, proto.Equal(before, given), "what is given stays as it is")
	require.Equal(t, "Keyword", string(typed.IndexedFields["K"].Metadata[metadataType]))
	require.Equal(t, "KeywordList", string(typed.IndexedFields["TemporalChangeVersion"].Metadata[metadataType]))
	require.Nil(t, typed.IndexedFields["Nobody"].Metadata[metadataType])
	require.Nil(t, typed.IndexedFields["I"])
	require.Same(t, typed, allTypes.Typed(typed), "nothing is left to say")
	require.Nil(t, allTypes.Typed(nil))
}

func TestRemovesField(t *testing.T) {
	require.True(t, RemovesField(nil))
	require.True(t, RemovesField(&commonpb.Payload{Metadata: map[string][]byte{metadataEncoding: []byte(encodingNull)}}))
	require.True(t, RemovesField(attribute(`[]`)))
	require.False(t, RemovesField(attribute(`null`)))
	require.False(t, RemovesField(attribute(`""`)))
}
