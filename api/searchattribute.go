package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"google.golang.org/protobuf/proto"
)

// Temporal's limits of what one request may set.
const (
	// MaxSearchAttributes is how many a run may be given at a time.
	MaxSearchAttributes = 100
	// MaxSearchAttributeValue is how many bytes one value may have.
	MaxSearchAttributeValue = 2 << 10
	// MaxSearchAttributesSize is how many bytes all of them may have in protobuf.
	MaxSearchAttributesSize = 40 << 10
)

// reservedPrefix is that of names that only the service may define.
const reservedPrefix = "Temporal"

// system are the attributes that the service sets itself, from what it knows of a run.
var system = SearchAttributeTypes{
	"WorkflowId":           enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	"RunId":                enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	"WorkflowType":         enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	"StartTime":            enumspb.INDEXED_VALUE_TYPE_DATETIME,
	"ExecutionTime":        enumspb.INDEXED_VALUE_TYPE_DATETIME,
	"CloseTime":            enumspb.INDEXED_VALUE_TYPE_DATETIME,
	"ExecutionStatus":      enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	"TaskQueue":            enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	"HistoryLength":        enumspb.INDEXED_VALUE_TYPE_INT,
	"ExecutionDuration":    enumspb.INDEXED_VALUE_TYPE_INT,
	"StateTransitionCount": enumspb.INDEXED_VALUE_TYPE_INT,
	"HistorySizeBytes":     enumspb.INDEXED_VALUE_TYPE_INT,
	"ParentWorkflowId":     enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	"ParentRunId":          enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	"RootWorkflowId":       enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	"RootRunId":            enumspb.INDEXED_VALUE_TYPE_KEYWORD,
}

// predefined are there in every namespace and stand beside the custom ones in histories: SDKs
// and the tools around them set these.
var predefined = SearchAttributeTypes{
	"TemporalChangeVersion":      enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST,
	"BinaryChecksums":            enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST,
	"BuildIds":                   enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST,
	"BatcherNamespace":           enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	"BatcherUser":                enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	"TemporalScheduledStartTime": enumspb.INDEXED_VALUE_TYPE_DATETIME,
	"TemporalScheduledById":      enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	"TemporalSchedulePaused":     enumspb.INDEXED_VALUE_TYPE_BOOL,
	"TemporalNamespaceDivision":  enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	"TemporalPauseInfo":          enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST,
	"TemporalReportedProblems":   enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST,
}

// internal are predefined too, and nobody but the service may set them.
var internal = SearchAttributeTypes{
	"TemporalWorkerDeploymentVersion":      enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	"TemporalWorkflowVersioningBehavior":   enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	"TemporalWorkerDeployment":             enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	"TemporalUsedWorkerDeploymentVersions": enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST,
	"TemporalExternalPayloadCount":         enumspb.INDEXED_VALUE_TYPE_INT,
	"TemporalExternalPayloadSizeBytes":     enumspb.INDEXED_VALUE_TYPE_INT,
}

// reserved are names of fields that are no search attributes.
var reserved = []string{"NamespaceId", "MemoEncoding", "Memo", "VisibilityTaskKey"}

// SearchAttributeTypes are search attributes by name. Those of a namespace are its custom ones alone; its
// methods know the system's and the predefined ones too. In JSON a type is its name, such as Keyword.
type SearchAttributeTypes map[string]enumspb.IndexedValueType

// SystemSearchAttributes are a copy of all that exist in every namespace: those that the service sets from what
// it knows of a run (IsSystemSearchAttribute), and the predefined ones.
func SystemSearchAttributes() SearchAttributeTypes {
	all := maps.Clone(system)
	maps.Copy(all, predefined)
	maps.Copy(all, internal)
	return all
}

// IsSystemSearchAttribute tells the attributes that are fields of a run, and never stand in its history.
func IsSystemSearchAttribute(name string) bool {
	_, found := system[name]
	return found
}

// PredefinedSearchAttribute is the type of an attribute that stands in histories without having been
// added to a namespace.
func PredefinedSearchAttribute(name string) (enumspb.IndexedValueType, bool) {
	if t, found := predefined[name]; found {
		return t, true
	}
	t, found := internal[name]
	return t, found
}

// IsReservedSearchAttribute tells names that no custom search attribute may have.
func IsReservedSearchAttribute(name string) bool {
	_, predefined := PredefinedSearchAttribute(name)
	return predefined || IsSystemSearchAttribute(name) || slices.Contains(reserved, name) || strings.HasPrefix(name, reservedPrefix)
}

// Type is that of a custom, predefined or system attribute; false when there is none of the name.
func (types SearchAttributeTypes) Type(name string) (enumspb.IndexedValueType, bool) {
	if t, found := types[name]; found {
		return t, true
	}
	if t, found := PredefinedSearchAttribute(name); found {
		return t, true
	}
	t, found := system[name]
	return t, found
}

// Check refuses attributes that cannot be set on a run of the namespace: unknown names, those that the service sets, values
// that are not of their attribute's type, and too many or too large ones: InvalidArgument. Of several faults the one
// with the first name is told. The same check serves starts and what workflows upsert.
func (types SearchAttributeTypes) Check(namespace string, attributes *commonpb.SearchAttributes) error {
	fields := attributes.GetIndexedFields()
	if len(fields) == 0 {
		return nil
	}
	if len(fields) > MaxSearchAttributes {
		return serviceerror.NewInvalidArgumentf("number of search attributes %d exceeds limit %d", len(fields), MaxSearchAttributes)
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if err := types.check(namespace, name, fields[name]); err != nil {
			return err
		}
	}
	if size := proto.Size(attributes); size > MaxSearchAttributesSize {
		return serviceerror.NewInvalidArgumentf("total size of search attributes %d exceeds size limit %d", size, MaxSearchAttributesSize)
	}
	return nil
}

func (types SearchAttributeTypes) check(namespace, name string, value *commonpb.Payload) error {
	t, found := types.Type(name)
	_, isInternal := internal[name]
	switch {
	case !found:
		return serviceerror.NewInvalidArgumentf("Namespace %s has no mapping defined for search attribute %s", namespace, clip(name))
	case isInternal || IsSystemSearchAttribute(name):
		return serviceerror.NewInvalidArgumentf("%s attribute can't be set in SearchAttributes", name)
	case len(value.GetData()) > MaxSearchAttributeValue:
		return serviceerror.NewInvalidArgumentf("search attribute %s value size %d exceeds size limit %d", name, len(value.GetData()), MaxSearchAttributeValue)
	}
	if _, err := DecodeSearchAttribute(value, t); err != nil {
		return serviceerror.NewInvalidArgumentf("invalid value for search attribute %s of type %s: %s: %v", name, t, clip(string(value.GetData())), err)
	}
	return nil
}

// MarshalJSON writes types by name.
func (types SearchAttributeTypes) MarshalJSON() ([]byte, error) {
	names := make(map[string]string, len(types))
	for name, t := range types {
		names[name] = t.String()
	}
	return json.Marshal(names)
}

// UnmarshalJSON reads types by name.
func (types *SearchAttributeTypes) UnmarshalJSON(data []byte) error {
	var names map[string]string
	if err := json.Unmarshal(data, &names); err != nil {
		return err
	}
	read := make(SearchAttributeTypes, len(names))
	for name, text := range names {
		t, err := enumspb.IndexedValueTypeFromString(text)
		if err != nil || t == enumspb.INDEXED_VALUE_TYPE_UNSPECIFIED {
			return fmt.Errorf("search attribute %q has the type %q, which this program does not know", clip(name), clip(text))
		}
		read[name] = t
	}
	*types = read
	return nil
}
