package index

import (
	"bytes"
	"slices"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/visibility/index/filter"
)

// metadataType is where a payload has the name of its search attribute's type.
const metadataType = "type"

// indexed is what a search attribute is found by.
type indexed struct {
	attribute filter.Attribute
	// value is that of its column: string, int64, float64, or true where words say more.
	value any
	words []string
}

// indexAttributes are the values of a run's search attributes.
func indexAttributes(attributes map[string]*commonpb.Payload) []indexed {
	var all []indexed
	for name, payload := range attributes {
		attribute := filter.Attribute{Name: name, Type: typeOf(name, payload)}
		if one, readable := indexAttribute(attribute, payload); readable {
			all = append(all, one)
		}
	}
	return all
}

// indexAttribute reads one. What cannot be read is shown in lists, and not found.
func indexAttribute(attribute filter.Attribute, payload *commonpb.Payload) (indexed, bool) {
	if api.IsSystemSearchAttribute(attribute.Name) {
		return indexed{}, false
	}
	value, err := api.DecodeSearchAttribute(payload, attribute.Type)
	if err != nil || value == nil {
		return indexed{}, false
	}
	return indexValue(attribute, value), true
}

func indexValue(attribute filter.Attribute, value any) indexed {
	one := indexed{attribute: attribute, value: value}
	switch v := value.(type) {
	case time.Time:
		one.value = filter.Nanoseconds(v)
	case []string:
		one.value, one.words = true, slices.Compact(slices.Sorted(slices.Values(v)))
	case string:
		if attribute.Type == enumspb.INDEXED_VALUE_TYPE_TEXT {
			one.value, one.words = true, filter.Words(v)
		}
	}
	return one
}

// typeOf is the type of a value: of its name if the service defines it, as the payload says, or else as it looks.
func typeOf(name string, payload *commonpb.Payload) enumspb.IndexedValueType {
	if t, predefined := api.PredefinedSearchAttribute(name); predefined {
		return t
	}
	if t, err := enumspb.IndexedValueTypeFromString(string(payload.GetMetadata()[metadataType])); err == nil && t != 0 {
		return t
	}
	switch data := bytes.TrimSpace(payload.GetData()); {
	case len(data) == 0, data[0] == '"':
		return enumspb.INDEXED_VALUE_TYPE_KEYWORD
	case data[0] == '[':
		return enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST
	case data[0] == 't', data[0] == 'f':
		return enumspb.INDEXED_VALUE_TYPE_BOOL
	case bytes.ContainsAny(data, ".eE"):
		return enumspb.INDEXED_VALUE_TYPE_DOUBLE
	}
	return enumspb.INDEXED_VALUE_TYPE_INT
}

// merge puts what a change says over what a run has, in a new map. A field without data is removed.
func merge(base, change map[string]*commonpb.Payload) map[string]*commonpb.Payload {
	merged := make(map[string]*commonpb.Payload, len(base)+len(change))
	for _, fields := range []map[string]*commonpb.Payload{base, change} {
		for name, payload := range fields {
			if len(payload.GetData()) == 0 {
				delete(merged, name)
			} else {
				merged[name] = payload
			}
		}
	}
	return merged
}
