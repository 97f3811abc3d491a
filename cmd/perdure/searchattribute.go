package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"

	"github.com/perdure/perdure/internal/render"
)

// attributeTypes are the values of --type.
const attributeTypes = "Bool, Datetime, Double, Int, Keyword, KeywordList, Text"

func newSearchAttribute(g *global) *cobra.Command {
	return group("search-attribute", "What workflows of a namespace can be found by", newSearchAttributeAdd(g), newSearchAttributeList(g), newSearchAttributeRemove(g))
}

func newSearchAttributeAdd(g *global) *cobra.Command {
	var names, types []string
	c := &cobra.Command{
		Use:   "add",
		Short: "Add search attributes to a namespace",
		Long:  "Add search attributes to a namespace. Workflows can set them then, and are found by them. One that is there with this type is left as it is.",
		Example: `  perdure search-attribute add --name CustomerId --type Keyword
  perdure search-attribute add --name Total --type Double --name Notes --type Text --namespace shop`,
		RunE: func(c *cobra.Command, _ []string) error {
			attributes, err := attributesOf(names, types)
			if err != nil {
				return err
			}
			return g.connected(c.Context(), func(ctx context.Context, s *session) error {
				request := &operatorservice.AddSearchAttributesRequest{Namespace: s.Namespace, SearchAttributes: attributes}
				if err := s.admin(ctx, "AddSearchAttributes", request, &operatorservice.AddSearchAttributesResponse{}); err != nil {
					return err
				}
				return s.showCustomAttributes(ctx)
			})
		},
	}
	c.Flags().StringArrayVar(&names, "name", nil, "name of the search attribute; several times for several")
	c.Flags().StringArrayVar(&types, "type", nil, "its type, as often as --name: "+attributeTypes)
	choose(c.Flags(), "type", strings.Split(attributeTypes, ", ")...)
	needs(c, "name", "type")
	return c
}

// attributesOf pairs names with types, in their order.
func attributesOf(names, types []string) (map[string]enumspb.IndexedValueType, error) {
	if len(names) != len(types) {
		return nil, usagef("--name is given %d times and --type %d times: give a type for each name", len(names), len(types))
	}
	attributes := map[string]enumspb.IndexedValueType{}
	for i, name := range names {
		t, err := attributeType(types[i])
		if err != nil {
			return nil, err
		}
		if other, twice := attributes[name]; twice && other != t {
			return nil, usagef("--name %s is given twice, with two types", name)
		}
		attributes[name] = t
	}
	return attributes, nil
}

// attributeType reads the name of a type, in any case.
func attributeType(text string) (enumspb.IndexedValueType, error) {
	for value := range enumspb.IndexedValueType_name {
		t := enumspb.IndexedValueType(value)
		if t != enumspb.INDEXED_VALUE_TYPE_UNSPECIFIED && strings.EqualFold(t.String(), text) {
			return t, nil
		}
	}
	return 0, usagef("--type %s: use one of %s", text, attributeTypes)
}

func newSearchAttributeList(g *global) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "Show the search attributes of a namespace",
		Example: `  perdure search-attribute list
  perdure search-attribute list --namespace shop --output json`,
		RunE: func(c *cobra.Command, _ []string) error {
			return g.connected(c.Context(), func(ctx context.Context, s *session) error {
				reply, err := s.searchAttributes(ctx)
				if err != nil {
					return err
				}
				return s.show(reply, func(width int) []string { return render.SearchAttributes(reply, width) })
			})
		},
	}
}

func newSearchAttributeRemove(g *global) *cobra.Command {
	var names []string
	var yes bool
	c := &cobra.Command{
		Use:     "remove",
		Short:   "Remove search attributes from a namespace",
		Long:    "Remove search attributes from a namespace. Workflows are not found by them any more, and cannot set them; their histories stay as they are.",
		Example: `  perdure search-attribute remove --name CustomerId`,
		RunE: func(c *cobra.Command, _ []string) error {
			return g.connected(c.Context(), func(ctx context.Context, s *session) error { return s.removeAttributes(ctx, names, yes) })
		},
	}
	c.Flags().StringArrayVar(&names, "name", nil, "name of the search attribute; several times for several")
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	needs(c, "name")
	return c
}

// removeAttributes refuses names that are not there, which the service passes over.
func (s *session) removeAttributes(ctx context.Context, names []string, yes bool) error {
	there, err := s.searchAttributes(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		_, custom := there.GetCustomAttributes()[name]
		_, system := there.GetSystemAttributes()[name]
		if !custom && !system {
			return attributeMissing(s.Namespace, name)
		}
	}
	if !yes {
		if err := s.confirm("Remove from namespace " + s.Namespace + " the search attributes " + strings.Join(names, ", ") + "? Type yes:"); err != nil {
			return err
		}
	}
	request := &operatorservice.RemoveSearchAttributesRequest{Namespace: s.Namespace, SearchAttributes: names}
	if err := s.admin(ctx, "RemoveSearchAttributes", request, &operatorservice.RemoveSearchAttributesResponse{}); err != nil {
		return err
	}
	return s.showCustomAttributes(ctx)
}

func attributeMissing(namespace, name string) error {
	return missingError{serviceerror.NewNotFoundf("namespace %s has no search attribute %s: `perdure search-attribute list` shows those there are", namespace, name)}
}

func (s *session) searchAttributes(ctx context.Context) (*operatorservice.ListSearchAttributesResponse, error) {
	reply := &operatorservice.ListSearchAttributesResponse{}
	return reply, s.admin(ctx, "ListSearchAttributes", &operatorservice.ListSearchAttributesRequest{Namespace: s.Namespace}, reply)
}

// showCustomAttributes shows what the namespace has now.
func (s *session) showCustomAttributes(ctx context.Context) error {
	reply, err := s.searchAttributes(ctx)
	if err != nil {
		return err
	}
	reply.SystemAttributes = nil
	return s.show(reply, func(width int) []string { return render.SearchAttributes(reply, width) })
}
