package main

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"go.temporal.io/api/serviceerror"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/internal/render"
	"github.com/perdure/perdure/internal/spelling"
)

// knowFields makes each column's name that of a column there is, whatever its case, and refuses those that are none. The namespace's
// own search attributes are asked for where one may be meant, on a connection of its own, since what NATS refuses ends all that is
// done on one: who may list workflows and not ask for their attributes has the names taken as they are.
func (g *global) knowFields(ctx context.Context, fields []string) error {
	known := slices.AppendSeq(render.WorkflowFields(), maps.Keys(api.SystemSearchAttributes()))
	if takeFields(fields, known) == nil {
		return nil
	}
	err := g.connected(ctx, func(ctx context.Context, s *session) error {
		reply, err := s.searchAttributes(ctx)
		known = slices.AppendSeq(known, maps.Keys(reply.GetCustomAttributes()))
		return err
	})
	var denied *serviceerror.PermissionDenied
	switch {
	case errors.As(err, &denied):
		return nil
	case err != nil:
		return err
	}
	return takeFields(fields, known)
}

// takeFields spells the fields as the known names are: those that are the same come before those of another case.
func takeFields(fields, known []string) error {
	for i, field := range fields {
		if slices.Contains(known, field) {
			continue
		}
		same := slices.IndexFunc(known, func(name string) bool { return strings.EqualFold(name, field) })
		if same < 0 {
			return unknownField(field, known)
		}
		fields[i] = known[same]
	}
	return nil
}

func unknownField(field string, known []string) error {
	meant := ""
	if name := spelling.Nearest(field, known); name != "" {
		meant = "; did you mean " + name + "?"
	}
	return usagef("--fields: there is no column %s%s; columns are Memo, SearchAttributes and what `perdure search-attribute list` shows", field, meant)
}
