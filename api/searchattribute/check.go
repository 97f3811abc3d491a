package searchattribute

import (
	"maps"
	"slices"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"google.golang.org/protobuf/proto"
)

// Limits of the search attributes of one run, as Temporal's.
const (
	maxAttributes = 100
	maxValueBytes = 2 << 10
	maxBytes      = 40 << 10
)

// Check refuses attributes that cannot be set in a namespace with these custom ones: InvalidArgument, in Temporal's
// words, about the first of them by name.
func Check(namespace string, attributes *commonpb.SearchAttributes, custom Types) error {
	fields := attributes.GetIndexedFields()
	if len(fields) > maxAttributes {
		return serviceerror.NewInvalidArgumentf("number of search attributes %d exceeds limit %d", len(fields), maxAttributes)
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if err := checkOne(namespace, name, fields[name], custom); err != nil {
			return err
		}
	}
	return CheckSize(attributes)
}

func checkOne(namespace, name string, value *commonpb.Payload, custom Types) error {
	if _, is := system[name]; is {
		return serviceerror.NewInvalidArgumentf("%s attribute can't be set in SearchAttributes", name)
	}
	t, known := custom.find(name)
	if !known {
		return serviceerror.NewInvalidArgumentf("Namespace %s has no mapping defined for search attribute %s", namespace, name)
	}
	if _, err := Decode(value, t); err != nil {
		return serviceerror.NewInvalidArgumentf("invalid value for search attribute %s of type %s: %v", name, t, err)
	}
	return nil
}

// CheckSize refuses attributes that take too many bytes, each or together: InvalidArgument.
func CheckSize(attributes *commonpb.SearchAttributes) error {
	fields := attributes.GetIndexedFields()
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if size := len(fields[name].GetData()); size > maxValueBytes {
			return serviceerror.NewInvalidArgumentf("search attribute %s value of size %d: exceeds size limit %d", name, size, maxValueBytes)
		}
	}
	if size := proto.Size(attributes); size > maxBytes {
		return serviceerror.NewInvalidArgumentf("total size of search attributes %d: exceeds size limit %d", size, maxBytes)
	}
	return nil
}

// Typed are the attributes with their types in the metadata, where they are known and not there yet. It shares with
// what it was given, which it leaves as it is.
func Typed(attributes *commonpb.SearchAttributes, custom Types) *commonpb.SearchAttributes {
	typed := attributes
	for name, value := range attributes.GetIndexedFields() {
		t, known := custom.find(name)
		if !known || value == nil || value.GetMetadata()[metadataType] != nil {
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
