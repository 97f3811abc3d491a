// Package attributes encodes what is said of a workflow beside its input: its memo, its search attributes, and
// its summary and details. Clients start workflows with them, and workflows start children.
package attributes

import (
	"fmt"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
	"go.temporal.io/api/serviceerror"

	"github.com/perdure/perdure/sdk/converter"
)

// metadataType is the key of a search attribute's metadata that names its type.
const metadataType = "type"

// ChangeVersion is the search attribute that has the versions of a run, as workflow.GetVersion has decided them. Nobody else
// may set it: a replay takes its upserts for those.
const ChangeVersion = "TemporalChangeVersion"

// Memo encodes values that a description shows; nil when there is none.
func Memo(dc converter.DataConverter, values map[string]any) (*commonpb.Memo, error) {
	if len(values) == 0 {
		return nil, nil
	}
	fields := make(map[string]*commonpb.Payload, len(values))
	for key, value := range values {
		payload, err := dc.ToPayload(value)
		if err != nil {
			return nil, fmt.Errorf("memo %s: %w", key, err)
		}
		fields[key] = payload
	}
	return &commonpb.Memo{Fields: fields}, nil
}

// Search encodes search attributes; nil when there is none. They are always plain JSON, whatever the converter:
// the service reads them. The error is serviceerror.InvalidArgument for a value that cannot be indexed.
func Search(values map[string]any) (*commonpb.SearchAttributes, error) {
	if len(values) == 0 {
		return nil, nil
	}
	fields := make(map[string]*commonpb.Payload, len(values))
	for key, value := range values {
		kind, ok := searchType(value)
		if !ok {
			return nil, serviceerror.NewInvalidArgumentf(
				"search attribute %s: a %T cannot be indexed: use a string, integer, float, boolean, time.Time or []string", key, value)
		}
		payload, err := converter.JSONConverter{}.ToPayload(value)
		if err != nil {
			return nil, fmt.Errorf("search attribute %s: %w", key, err)
		}
		payload.Metadata[metadataType] = []byte(kind)
		fields[key] = payload
	}
	return &commonpb.SearchAttributes{IndexedFields: fields}, nil
}

func searchType(value any) (string, bool) {
	switch value.(type) {
	case string:
		return "Keyword", true
	case int, int8, int16, int32, int64, uint8, uint16, uint32:
		return "Int", true
	case float32, float64:
		return "Double", true
	case bool:
		return "Bool", true
	case time.Time:
		return "Datetime", true
	case []string:
		return "KeywordList", true
	}
	return "", false
}

// Metadata encodes texts for whoever looks at the workflow; nil when both are empty.
func Metadata(dc converter.DataConverter, summary, details string) (*sdkpb.UserMetadata, error) {
	if summary == "" && details == "" {
		return nil, nil
	}
	metadata := &sdkpb.UserMetadata{}
	if err := text(dc, summary, &metadata.Summary); err != nil {
		return nil, fmt.Errorf("summary: %w", err)
	}
	if err := text(dc, details, &metadata.Details); err != nil {
		return nil, fmt.Errorf("details: %w", err)
	}
	return metadata, nil
}

func text(dc converter.DataConverter, text string, into **commonpb.Payload) (err error) {
	if text != "" {
		*into, err = dc.ToPayload(text)
	}
	return err
}
