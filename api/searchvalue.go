package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
)

// The encodings that a search attribute may have.
const (
	metadataEncoding = "encoding"
	encodingJSON     = "json/plain"
	encodingNull     = "binary/null"
)

// DecodeSearchAttribute reads the value of an attribute of that type: a bool, int64, float64, string, time.Time, or []string
// for a KeywordList. It is nil for a value that removes the attribute: none at all, null, or an empty list. A list of one
// value stands for that value, as with Temporal.
func DecodeSearchAttribute(value *commonpb.Payload, t enumspb.IndexedValueType) (any, error) {
	switch encoding := string(value.GetMetadata()[metadataEncoding]); {
	case value == nil, encoding == encodingNull:
		return nil, nil
	case encoding != encodingJSON:
		return nil, fmt.Errorf("its encoding is %q and must be %s", clip(encoding), encodingJSON)
	case !utf8.Valid(value.Data):
		return nil, errors.New("it is not valid UTF-8")
	}
	switch t {
	case enumspb.INDEXED_VALUE_TYPE_BOOL:
		return decodeOne[bool](value.Data)
	case enumspb.INDEXED_VALUE_TYPE_INT:
		return decodeOne[int64](value.Data)
	case enumspb.INDEXED_VALUE_TYPE_DOUBLE:
		return decodeOne[float64](value.Data)
	case enumspb.INDEXED_VALUE_TYPE_DATETIME:
		return decodeOne[time.Time](value.Data)
	case enumspb.INDEXED_VALUE_TYPE_KEYWORD, enumspb.INDEXED_VALUE_TYPE_TEXT:
		return decodeOne[string](value.Data)
	case enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST:
		return decodeList(value.Data)
	}
	return nil, fmt.Errorf("its type %s is unknown", t)
}

// decodeOne reads a value, or a list of at most one.
func decodeOne[T any](data []byte) (any, error) {
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
		return nil, decodeFault(err)
	}
	switch len(list) {
	case 0:
		return nil, nil
	case 1:
		return list[0], nil
	}
	return nil, errors.New("it is a list, which only a KeywordList may have")
}

func decodeList(data []byte) (any, error) {
	var list []*string
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, decodeFault(err)
	}
	if len(list) == 0 {
		return nil, nil
	}
	words := make([]string, len(list))
	for i, word := range list {
		if word == nil {
			return nil, errors.New("it has null in its list")
		}
		words[i] = *word
	}
	return words, nil
}

// decodeFault says what is wrong in words of JSON, not of Go's types.
func decodeFault(err error) error {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return fmt.Errorf("it is a JSON %s", kind.Value)
	}
	return err
}
