package api

import (
	"bytes"
	"maps"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
)

// metadataType is where the value of a search attribute says its type.
const metadataType = "type"

// Typed are the attributes with their types in the metadata, where these are known and not there yet: whoever reads a
// history need not know the registry. It shares with what it was given, and leaves that as it is.
func (types SearchAttributeTypes) Typed(attributes *commonpb.SearchAttributes) *commonpb.SearchAttributes {
	typed := attributes
	for name, value := range attributes.GetIndexedFields() {
		t, known := types.Type(name)
		if !known || value == nil || len(value.Metadata[metadataType]) > 0 {
			continue
		}
		if typed == attributes {
			typed = &commonpb.SearchAttributes{IndexedFields: maps.Clone(attributes.IndexedFields)}
		}
		typed.IndexedFields[name] = withType(value, t)
	}
	return typed
}

func withType(value *commonpb.Payload, t enumspb.IndexedValueType) *commonpb.Payload {
	metadata := maps.Clone(value.Metadata)
	if metadata == nil {
		metadata = map[string][]byte{}
	}
	metadata[metadataType] = []byte(t.String())
	return &commonpb.Payload{Metadata: metadata, Data: value.Data, ExternalPayloads: value.ExternalPayloads}
}

var emptyList = []byte("[]")

// RemovesField tells whether a value stands for none, as with Temporal: put into a memo or into search attributes, it
// removes the field.
func RemovesField(value *commonpb.Payload) bool {
	return len(value.GetData()) == 0 || bytes.Equal(value.GetData(), emptyList)
}

// MergedFields are those of a memo, or of search attributes, with over's in place of its own, and without those that over
// removes. It shares the values with both, and leaves the two as they are; without anything in over it is base.
func MergedFields(base, over map[string]*commonpb.Payload) map[string]*commonpb.Payload {
	if len(over) == 0 {
		return base
	}
	merged := make(map[string]*commonpb.Payload, len(base)+len(over))
	maps.Copy(merged, base)
	for name, value := range over {
		if RemovesField(value) {
			delete(merged, name)
			continue
		}
		merged[name] = value
	}
	return merged
}
