package searchattribute

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"google.golang.org/protobuf/proto"
)

func value(text string) *commonpb.Payload {
	return &commonpb.Payload{Metadata: map[string][]byte{metadataEncoding: []byte(encodingJSON)}, Data: []byte(text)}
}

func null() *commonpb.Payload {
	return &commonpb.Payload{Metadata: map[string][]byte{metadataEncoding: []byte(encodingNull)}}
}

func attributes(named map[string]*commonpb.Payload) *commonpb.SearchAttributes {
	return &commonpb.SearchAttributes{IndexedFields: named}
}

func one(name string, v *commonpb.Payload) *commonpb.SearchAttributes {
	return attributes(map[string]*commonpb.Payload{name: v})
}

var custom = Types{
	"Key": keyword, "Count": integer, "Since": datetime, "On": boolean, "Tags": keywordList,
	"Words": enumspb.INDEXED_VALUE_TYPE_TEXT, "Ratio": enumspb.INDEXED_VALUE_TYPE_DOUBLE,
}

func TestDecode(t *testing.T) {
	at := time.Date(2024, 5, 6, 7, 8, 9, 10, time.UTC)
	for _, test := range []struct {
		name, text string
		want       any
	}{
		{"Key", `"a"`, "a"}, {"Key", `["a"]`, "a"}, {"Key", `[]`, nil}, {"Key", `null`, nil},
		{"Words", `"a b"`, "a b"}, {"Count", `7`, int64(7)}, {"Count", `[7]`, int64(7)}, {"On", `true`, true},
		{"Ratio", `1.5`, 1.5}, {"Ratio", `1`, 1.0}, {"Since", `"2024-05-06T07:08:09.00000001Z"`, at},
		{"Tags", `["a","b"]`, []string{"a", "b"}}, {"Tags", `"a"`, []string{"a"}}, {"Tags", `[]`, nil}, {"Tags", `null`, nil},
	} {
		got, err := Decode(value(test.text), custom[test.name])
		require.NoError(t, err, test)
		require.Equal(t, test.want, got, test)
	}
	got, err := Decode(null(), keyword)
	require.NoError(t, err)
	require.Nil(t, got)
}

func TestCheck(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"Key", `"a"`, ""}, {ChangeVersion, `["a-1"]`, ""}, {"BuildIds", `["b"]`, ""},
		{"Nobody", `"a"`, "Namespace ns has no mapping defined for search attribute Nobody"},
		{"WorkflowId", `"a"`, "WorkflowId attribute can't be set in SearchAttributes"},
		{"Key", `1`, "invalid value for search attribute Key of type Keyword"},
		{"Key", `["a","b"]`, "several values"},
		{"Key", "\"\xff\"", "UTF-8"}, {"Tags", "[\"\xff\"]", "UTF-8"}, {"Tags", `[1]`, "of type KeywordList"},
		{"Count", `1.5`, "of type Int"}, {"Count", `9223372036854775808`, "of type Int"}, {"Since", `"yesterday"`, "of type Datetime"},
		{"Key", `"` + strings.Repeat("x", maxValueBytes) + `"`, "exceeds size limit 2048"},
	} {
		err := Check("ns", one(test.name, value(test.text)), custom)
		if test.want == "" {
			require.NoError(t, err, test)
			continue
		}
		var invalid *serviceerror.InvalidArgument
		require.ErrorAs(t, err, &invalid, test.name)
		require.ErrorContains(t, err, test.want)
	}
	require.NoError(t, Check("ns", nil, nil))
	require.NoError(t, Check("ns", one("Key", null()), custom))
	require.ErrorContains(t, Check("ns", one("Key", &commonpb.Payload{Data: []byte(`"a"`)}), custom), "encoded as")
}

func TestCheckManyAttributes(t *testing.T) {
	many, types := map[string]*commonpb.Payload{}, Types{}
	for i := range maxAttributes {
		name := strings.Repeat("n", i+1)
		many[name], types[name] = value(`"`+strings.Repeat("x", 1000)+`"`), keyword
	}
	require.ErrorContains(t, Check("ns", attributes(many), types), "total size of search attributes")
	many["more"] = value(`1`)
	require.ErrorContains(t, Check("ns", attributes(many), types), "number of search attributes 101 exceeds limit 100")
}

func TestTyped(t *testing.T) {
	given := attributes(map[string]*commonpb.Payload{"Key": value(`"a"`), ChangeVersion: value(`["v"]`), "Nobody": value(`1`), "Nil": nil})
	before := proto.CloneOf(given)
	typed := Typed(given, custom)
	require.True(t, proto.Equal(before, given), "what is given stays as it is")
	require.Equal(t, "Keyword", string(typed.IndexedFields["Key"].Metadata[metadataType]))
	require.Equal(t, "KeywordList", string(typed.IndexedFields[ChangeVersion].Metadata[metadataType]))
	require.Nil(t, typed.IndexedFields["Nobody"].Metadata[metadataType])
	require.Same(t, typed, Typed(typed, custom), "nothing is left to say")
	require.Nil(t, Typed(nil, custom))
}

func TestRemoves(t *testing.T) {
	require.True(t, Removes(null()))
	require.True(t, Removes(value(`[]`)))
	require.True(t, Removes(nil))
	require.False(t, Removes(value(`null`)))
	require.False(t, Removes(value(`""`)))
}

// What is decoded is written as JSON again, and means the same.
func FuzzDecode(f *testing.F) {
	for _, text := range []string{`"a"`, `["a","b"]`, `1`, `null`, `"2024-05-06T07:08:09Z"`, `[[]]`, "\xff"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, kind := range custom {
			got, err := Decode(value(string(data)), kind)
			if err != nil || got == nil {
				continue
			}
			encoded, err := json.Marshal(got)
			require.NoError(t, err)
			again, err := Decode(value(string(encoded)), kind)
			require.NoError(t, err)
			require.Equal(t, got, again)
		}
	})
}
