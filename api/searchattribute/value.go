package searchattribute

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
)

// The metadata of a payload that Temporal's SDKs give search attributes.
const (
	metadataEncoding = "encoding"
	metadataType     = "type"
	encodingNull     = "binary/null"
	encodingJSON     = "json/plain"
)

var emptyList = []byte("[]")

// Removes tells whether a value stands for none: written over an attribute or a field of a memo, it removes it.
func Removes(value *commonpb.Payload) bool {
	return len(value.GetData()) == 0 || bytes.Equal(value.GetData(), emptyList)
}

// Decode is the value of an attribute of a type: bool, time.Time, float64, int64, string, or []string for a list of
// keywords; nil for none. A list of one stands for its element, as with Temporal's SDKs.
func Decode(value *commonpb.Payload, t enumspb.IndexedValueType) (any, error) {
	switch encoding := string(value.GetMetadata()[metadataEncoding]); {
	case encoding == encodingNull, value == nil:
		return nil, nil
	case encoding != encodingJSON:
		return nil, fmt.Errorf("it is encoded as %.100q, where only %s can be indexed", encoding, encodingJSON)
	}
	switch t {
	case enumspb.INDEXED_VALUE_TYPE_BOOL:
		return decode[bool](value.Data)
	case enumspb.INDEXED_VALUE_TYPE_DATETIME:
		return decode[time.Time](value.Data)
	case enumspb.INDEXED_VALUE_TYPE_DOUBLE:
		return decode[float64](value.Data)
	case enumspb.INDEXED_VALUE_TYPE_INT:
		return decode[int64](value.Data)
	case enumspb.INDEXED_VALUE_TYPE_KEYWORD, enumspb.INDEXED_VALUE_TYPE_TEXT:
		return decode[string](value.Data)
	case enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST:
		return decodeList(value.Data)
	case enumspb.INDEXED_VALUE_TYPE_UNSPECIFIED:
	}
	return nil, fmt.Errorf("the type %s is not known", t)
}

var (
	errSeveral = errors.New("a list of several values is possible with the type KeywordList alone")
	errUTF8    = errors.New("it is not valid UTF-8")
)

// decode reads one value, null or a list of at most one.
func decode[T any](data []byte) (any, error) {
	if !utf8.Valid(data) {
		return nil, errUTF8
	}
	var one *T
	err := json.Unmarshal(data, &one)
	if err == nil {
		if one == nil {
			return nil, nil
		}
		return *one, nil
	}
	var list []T
	if json.Unmarshal(data, &list) != nil {
		return nil, err
	}
	switch len(list) {
	case 0:
		return nil, nil
	case 1:
		return list[0], nil
	}
	return nil, errSeveral
}

// decodeList reads a list of keywords, or one alone.
func decodeList(data []byte) (any, error) {
	if !utf8.Valid(data) {
		return nil, errUTF8
	}
	var list []string
	err := json.Unmarshal(data, &list)
	if err != nil {
		var one string
		if json.Unmarshal(data, &one) != nil {
			return nil, err
		}
		list = []string{one}
	}
	if len(list) == 0 {
		return nil, nil
	}
	return list, nil
}
