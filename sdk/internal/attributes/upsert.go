package attributes

import (
	"errors"
	"maps"

	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/sdk/converter"
)

// ErrNone is returned for an upsert without a value.
var ErrNone = errors.New("there are none to upsert: give at least one, and nil to remove it")

// Upsert encodes search attributes that a run is to have from now on; nil removes one. Errors are those of [Search], and [ErrNone].
func Upsert(values map[string]any) (*commonpb.SearchAttributes, error) {
	if len(values) == 0 {
		return nil, ErrNone
	}
	set, removed := split(values)
	attributes, err := Search(set)
	if err != nil {
		return nil, err
	}
	if attributes == nil {
		return &commonpb.SearchAttributes{IndexedFields: removed}, nil
	}
	maps.Copy(attributes.IndexedFields, removed)
	return attributes, nil
}

// UpsertMemo encodes fields that a run's memo is to have from now on; nil removes one. Errors are those of [Memo], and [ErrNone].
func UpsertMemo(dc converter.DataConverter, values map[string]any) (*commonpb.Memo, error) {
	if len(values) == 0 {
		return nil, ErrNone
	}
	set, removed := split(values)
	memo, err := Memo(dc, set)
	if err != nil {
		return nil, err
	}
	if memo == nil {
		return &commonpb.Memo{Fields: removed}, nil
	}
	maps.Copy(memo.Fields, removed)
	return memo, nil
}

// split parts values that are set from those that are removed. The latter are encoded here, whatever the converter: the service has to see
// that there is no value, which a codec would hide from it.
func split(values map[string]any) (set map[string]any, removed map[string]*commonpb.Payload) {
	set, removed = map[string]any{}, map[string]*commonpb.Payload{}
	for name, value := range values {
		if value == nil {
			removed[name] = &commonpb.Payload{Metadata: map[string][]byte{converter.MetadataEncoding: []byte(converter.EncodingNull)}}
			continue
		}
		set[name] = value
	}
	return set, removed
}
