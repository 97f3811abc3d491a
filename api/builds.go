package api

import (
	"encoding/json"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
)

// The attributes that tell by which builds of its workers a run was carried on. The service sets them.
const (
	buildIDs        = "BuildIds"
	binaryChecksums = "BinaryChecksums"
)

// BuildAttributes are BuildIds and BinaryChecksums with these entries; nil where there are none.
func BuildAttributes(ids, checksums []string) *commonpb.SearchAttributes {
	fields := map[string]*commonpb.Payload{}
	if len(ids) > 0 {
		fields[buildIDs] = keywords(ids)
	}
	if len(checksums) > 0 {
		fields[binaryChecksums] = keywords(checksums)
	}
	if len(fields) == 0 {
		return nil
	}
	return &commonpb.SearchAttributes{IndexedFields: fields}
}

// keywords is a list of keywords as the value of an attribute.
func keywords(entries []string) *commonpb.Payload {
	data, _ := json.Marshal(entries) // strings can be encoded
	return &commonpb.Payload{
		Metadata: map[string][]byte{metadataEncoding: []byte(encodingJSON), metadataType: []byte(enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST.String())},
		Data:     data,
	}
}
