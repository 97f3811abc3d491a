package namespace

import (
	"context"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api"
)

const (
	// maxOfType is how many custom search attributes of one type a namespace may have. Temporal's SQL stores have
	// 3 of most types, since each is a column there.
	maxOfType = 100
	// maxAttributeName is how many bytes the name of one may have.
	maxAttributeName = 255
)

// AddSearchAttributes adds those that are not there. One that is there with this type is left as it is,
// as with Temporal; one of another type is AlreadyExists. InvalidArgument, NamespaceNotFound, Unavailable.
func (r *Registry) AddSearchAttributes(ctx context.Context, request *operatorservice.AddSearchAttributesRequest) (*operatorservice.AddSearchAttributesResponse, error) {
	name := request.GetNamespace()
	_, err := r.change(ctx, name, func(s *Settings) error { return s.addAttributes(request.GetSearchAttributes()) })
	if err != nil {
		return nil, unavailable("adding search attributes to namespace "+name, err)
	}
	return &operatorservice.AddSearchAttributesResponse{}, nil
}

func (s *Settings) addAttributes(added map[string]enumspb.IndexedValueType) error {
	if len(added) == 0 {
		return serviceerror.NewInvalidArgument("SearchAttributes are not set on request.")
	}
	if s.SearchAttributes == nil {
		s.SearchAttributes = api.SearchAttributeTypes{}
	}
	for _, name := range slices.Sorted(maps.Keys(added)) {
		if err := s.addAttribute(name, added[name]); err != nil {
			return err
		}
	}
	return nil
}

func (s *Settings) addAttribute(name string, t enumspb.IndexedValueType) error {
	if api.IsReservedSearchAttribute(name) {
		return serviceerror.NewInvalidArgumentf("Search attribute %s is reserved by system.", name)
	}
	if len(name) > maxAttributeName || !utf8.ValidString(name) || strings.TrimSpace(name) != name || name == "" || strings.ContainsAny(name, "`\"'\n\r\t\x00") {
		return serviceerror.NewInvalidArgumentf("Search attribute %.80q: use a name of 1 to %d bytes without quotes, such as CustomerId", name, maxAttributeName)
	}
	if _, known := enumspb.IndexedValueType_name[int32(t)]; !known || t == enumspb.INDEXED_VALUE_TYPE_UNSPECIFIED {
		return serviceerror.NewInvalidArgumentf("Unknown search attribute type: %v.", t)
	}
	if there, found := s.SearchAttributes[name]; found {
		if there != t {
			return serviceerror.NewAlreadyExistsf("Search attribute %s already exists. Its type is %s and not %s: remove it first, or use another name", name, there, t)
		}
		return nil
	}
	used := 0
	for _, other := range s.SearchAttributes {
		if other == t {
			used++
		}
	}
	if used >= maxOfType {
		return serviceerror.NewInvalidArgumentf("Unable to create search attributes: cannot have more than %d search attribute of type %s.", maxOfType, t)
	}
	s.SearchAttributes[name] = t
	return nil
}

// RemoveSearchAttributes removes custom ones: what workflows have of them stays in their histories and is not found by them any
// more. One that is not there is none to remove, as with Temporal. InvalidArgument, NamespaceNotFound, Unavailable.
func (r *Registry) RemoveSearchAttributes(ctx context.Context, request *operatorservice.RemoveSearchAttributesRequest) (*operatorservice.RemoveSearchAttributesResponse, error) {
	name := request.GetNamespace()
	_, err := r.change(ctx, name, func(s *Settings) error { return s.removeAttributes(request.GetSearchAttributes()) })
	if err != nil {
		return nil, unavailable("removing search attributes of namespace "+name, err)
	}
	return &operatorservice.RemoveSearchAttributesResponse{}, nil
}

func (s *Settings) removeAttributes(names []string) error {
	if len(names) == 0 {
		return serviceerror.NewInvalidArgument("SearchAttributes are not set on request.")
	}
	for _, name := range names {
		if _, found := api.SearchAttributeTypes(nil).Type(name); found {
			return serviceerror.NewInvalidArgumentf("Unable to remove non-custom search attributes: %s.", name)
		}
		delete(s.SearchAttributes, name)
	}
	return nil
}

// ListSearchAttributes are the system's, the predefined among them, and the namespace's custom ones.
// NamespaceNotFound, Unavailable.
func (r *Registry) ListSearchAttributes(ctx context.Context, request *operatorservice.ListSearchAttributesRequest) (*operatorservice.ListSearchAttributesResponse, error) {
	name := request.GetNamespace()
	settings, err := r.Get(ctx, name)
	if err != nil {
		return nil, unavailable("listing the search attributes of namespace "+name, err)
	}
	return &operatorservice.ListSearchAttributesResponse{
		CustomAttributes: settings.SearchAttributes, SystemAttributes: api.SystemSearchAttributes(),
	}, nil
}

// GetSearchAttributes are the system's and the custom ones of all namespaces, since the request names none. Where two
// namespaces have one of a name, the type is that of the first. Unavailable.
func (r *Registry) GetSearchAttributes(ctx context.Context, _ *workflowservice.GetSearchAttributesRequest) (*workflowservice.GetSearchAttributesResponse, error) {
	namespaces, err := r.All(ctx)
	if err != nil {
		return nil, unavailable("reading search attributes", err)
	}
	keys := map[string]enumspb.IndexedValueType{}
	for _, settings := range slices.Backward(namespaces) {
		maps.Copy(keys, settings.SearchAttributes)
	}
	maps.Copy(keys, api.SystemSearchAttributes())
	return &workflowservice.GetSearchAttributesResponse{Keys: keys}, nil
}
