package api

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
)

func attribute(json string) *commonpb.Payload {
	return &commonpb.Payload{Metadata: map[string][]byte{metadataEncoding: []byte(encodingJSON)}, Data: []byte(json)}
}

var allTypes = SearchAttributeTypes{
	"B": enumspb.INDEXED_VALUE_TYPE_BOOL, "I": enumspb.INDEXED_VALUE_TYPE_INT, "F": enumspb.INDEXED_VALUE_TYPE_DOUBLE,
	"D": enumspb.INDEXED_VALUE_TYPE_DATETIME, "K": enumspb.INDEXED_VALUE_TYPE_KEYWORD, "T": enumspb.INDEXED_VALUE_TYPE_TEXT,
	"L": enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST,
}

func TestSearchAttributeValues(t *testing.T) {
	for _, c := range []struct {
		name, json string
		want       any
	}{
		{"B", `true`, true}, {"B", `[false]`, false}, {"B", `null`, nil}, {"B", `[]`, nil},
		{"I", `-3`, int64(-3)}, {"I", `9223372036854775807`, int64(9223372036854775807)}, {"I", `[7]`, int64(7)},
		{"F", `1.5e3`, 1500.0}, {"F", `2`, 2.0},
		{"D", `"2026-11-22T10:00:00.5+02:00"`, time.Date(2026, 11, 22, 8, 0, 0, 5e8, time.UTC)},
		{"K", `"a b"`, "a b"}, {"K", `["a"]`, "a"}, {"T", `"some text"`, "some text"}, {"K", `""`, ""},
		{"L", `["a","b"]`, []string{"a", "b"}}, {"L", `[]`, nil}, {"L", `null`, nil},
		{"TemporalChangeVersion", `["x-1"]`, []string{"x-1"}},
	} {
		t.Run(c.name+c.json, func(t *testing.T) {
			kind, found := allTypes.Type(c.name)
			require.True(t, found)
			got, err := DecodeSearchAttribute(attribute(c.json), kind)
			require.NoError(t, err)
			if at, isTime := got.(time.Time); isTime {
				got = at.UTC()
			}
			require.Equal(t, c.want, got)
			require.NoError(t, allTypes.Check("ns", &commonpb.SearchAttributes{IndexedFields: map[string]*commonpb.Payload{c.name: attribute(c.json)}}))
		})
	}
	for _, none := range []*commonpb.Payload{nil, {Metadata: map[string][]byte{metadataEncoding: []byte(encodingNull)}}} {
		got, err := DecodeSearchAttribute(none, enumspb.INDEXED_VALUE_TYPE_INT)
		require.NoError(t, err)
		require.Nil(t, got)
	}
}

func TestSearchAttributesAreRefused(t *testing.T) {
	many := map[string]*commonpb.Payload{}
	custom := SearchAttributeTypes{}
	for i := range MaxSearchAttributes + 1 {
		many[fmt.Sprint(i)] = attribute(`"x"`)
		custom[fmt.Sprint(i)] = enumspb.INDEXED_VALUE_TYPE_TEXT
	}
	large := map[string]*commonpb.Payload{}
	for i := range 30 {
		large[fmt.Sprint(i)] = attribute(`"` + strings.Repeat("x", 2000) + `"`)
	}
	one := func(name string, value *commonpb.Payload) map[string]*commonpb.Payload {
		return map[string]*commonpb.Payload{name: value}
	}
	for want, c := range map[string]struct {
		types  SearchAttributeTypes
		fields map[string]*commonpb.Payload
	}{
		"Namespace ns has no mapping defined for search attribute X":                        {allTypes, one("X", attribute(`1`))},
		"WorkflowId attribute can't be set in SearchAttributes":                             {allTypes, one("WorkflowId", attribute(`"w"`))},
		"TemporalWorkerDeployment attribute can't be set":                                   {allTypes, one("TemporalWorkerDeployment", attribute(`"w"`))},
		"invalid value for search attribute I of type Int: 1.5":                             {allTypes, one("I", attribute(`1.5`))},
		"invalid value for search attribute B of type Bool: \"yes\": it is a JSON string":   {allTypes, one("B", attribute(`"yes"`))},
		"invalid value for search attribute D of type Datetime":                             {allTypes, one("D", attribute(`"tomorrow"`))},
		"invalid value for search attribute K of type Keyword: [\"a\",\"b\"]: it is a list": {allTypes, one("K", attribute(`["a","b"]`))},
		"invalid value for search attribute L of type KeywordList: \"a\"":                   {allTypes, one("L", attribute(`"a"`))},
		"invalid value for search attribute L of type KeywordList: [null]: it has null":     {allTypes, one("L", attribute(`[null]`))},
		"invalid value for search attribute T of type Text: {: ":                            {allTypes, one("T", attribute(`{`))},
		"its encoding is \"binary/plain\" and must be json/plain":                           {allTypes, one("T", &commonpb.Payload{Metadata: map[string][]byte{metadataEncoding: []byte("binary/plain")}})},
		"not valid UTF-8": {allTypes, one("K", attribute("\"\xff\""))},
		"search attribute K value size 3002 exceeds size limit": {allTypes, one("K", attribute(`"`+strings.Repeat("x", 3000)+`"`))},
		"number of search attributes 101 exceeds limit 100":     {custom, many},
		"total size of search attributes":                       {custom, large},
	} {
		t.Run(want, func(t *testing.T) {
			err := c.types.Check("ns", &commonpb.SearchAttributes{IndexedFields: c.fields})
			var invalid *serviceerror.InvalidArgument
			require.ErrorAs(t, err, &invalid)
			require.ErrorContains(t, err, want)
		})
	}
	require.NoError(t, SearchAttributeTypes(nil).Check("ns", nil))
}

func TestReservedSearchAttributes(t *testing.T) {
	for _, name := range []string{"RunId", "BuildIds", "TemporalAnything", "Memo", "TemporalWorkerDeployment"} {
		require.True(t, IsReservedSearchAttribute(name), name)
	}
	require.False(t, IsReservedSearchAttribute("CustomKeywordField"))
	all := SystemSearchAttributes()
	require.Len(t, all, 33) // as many as Temporal 1.32 lists
	delete(all, "RunId")
	require.True(t, IsSystemSearchAttribute("RunId"))
	require.False(t, IsSystemSearchAttribute("BuildIds"))
}

func TestSearchAttributeTypesInJSON(t *testing.T) {
	encoded, err := json.Marshal(SearchAttributeTypes{"K": enumspb.INDEXED_VALUE_TYPE_KEYWORD, "L": enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST})
	require.NoError(t, err)
	require.JSONEq(t, `{"K":"Keyword","L":"KeywordList"}`, string(encoded))
	encoded, err = json.Marshal(allTypes)
	require.NoError(t, err)
	var read SearchAttributeTypes
	require.NoError(t, json.Unmarshal(encoded, &read))
	require.Equal(t, allTypes, read)
	for _, bad := range []string{`{"K":"Keywort"}`, `{"K":1}`, `[]`, `{"K":"Unspecified"}`} {
		require.Error(t, json.Unmarshal([]byte(bad), &read), bad)
	}
}

func FuzzDecodeSearchAttribute(f *testing.F) {
	for _, text := range []string{`"a"`, `[1]`, `{}`, `null`, `["a",null]`, `1e400`} {
		f.Add([]byte(text), int32(3))
	}
	f.Fuzz(func(t *testing.T, data []byte, kind int32) {
		value, err := DecodeSearchAttribute(attribute(string(data)), enumspb.IndexedValueType(kind))
		if err != nil || value == nil {
			return
		}
		encoded, err := json.Marshal(value)
		if at, isTime := value.(time.Time); isTime && err != nil {
			t.Logf("%v is beyond what JSON's times hold", at)
			return
		}
		require.NoError(t, err)
		again, err := DecodeSearchAttribute(attribute(string(encoded)), enumspb.IndexedValueType(kind))
		require.NoError(t, err)
		if _, isTime := value.(time.Time); !isTime {
			require.Equal(t, value, again)
		}
	})
}
