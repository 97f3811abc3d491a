package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/internal/render"
)

func newNamespace(g *global) *cobra.Command {
	return group("namespace", "Make, change and look at namespaces", newNamespaceCreate(g), newNamespaceDescribe(g), newNamespaceList(g),
		newNamespaceUpdate(g), newNamespaceDelete(g))
}

type namespaceCreate struct {
	retention          duration
	description, email string
	data, limits       map[string]string
}

func newNamespaceCreate(g *global) *cobra.Command {
	o := namespaceCreate{retention: duration(72 * time.Hour)}
	c := &cobra.Command{
		Use:   "create [NAME]",
		Short: "Make a namespace",
		Long:  "Make a namespace, named as an argument or by --namespace: its streams are made with it, and are its own.",
		Example: `  perdure namespace create shop --retention 30d
  perdure namespace create shop --limit historyCount.error=20000
  perdure namespace create --namespace shop --description "Orders of the shop"`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := g.nameNamespace(c, args); err != nil {
				return err
			}
			return g.connected(c.Context(), func(ctx context.Context, s *session) error {
				if err := s.admin(ctx, "RegisterNamespace", o.request(g.Namespace), &workflowservice.RegisterNamespaceResponse{}); err != nil {
					return err
				}
				return s.describeNamespace(ctx)
			})
		},
	}
	o.register(c.Flags())
	return c
}

func (o *namespaceCreate) register(flags *pflag.FlagSet) {
	flags.Var(&o.retention, "retention", "how long the history of a closed workflow is kept")
	flags.StringVar(&o.description, "description", "", "what it is for")
	flags.StringVar(&o.email, "email", "", "who owns it")
	pairsFlag(flags, &o.data, "data", "KEY=VALUE to keep with it")
	limitFlag(flags, &o.limits)
}

func (o *namespaceCreate) request(name string) *workflowservice.RegisterNamespaceRequest {
	return &workflowservice.RegisterNamespaceRequest{
		Namespace:                        name,
		Description:                      o.description,
		OwnerEmail:                       o.email,
		WorkflowExecutionRetentionPeriod: o.retention.proto(),
		Data:                             withLimits(o.data, o.limits),
	}
}

// nameNamespace takes the namespace from the argument, or else from the flag, which has to be given then.
func (g *global) nameNamespace(c *cobra.Command, args []string) error {
	flag := c.Flags().Lookup("namespace")
	switch {
	case len(args) == 1 && flag.Changed && args[0] != g.Namespace:
		return usagef("two namespaces are named, %q and %q: name one", args[0], g.Namespace)
	case len(args) == 1:
		g.Namespace = args[0]
	case !flag.Changed:
		return usagef("no namespace is named: give its name, as in `%s shop`", c.CommandPath())
	}
	if err := api.CheckNamespace(g.Namespace); err != nil {
		return usageError{err}
	}
	return nil
}

func newNamespaceDescribe(g *global) *cobra.Command {
	return &cobra.Command{
		Use:     "describe [NAME]",
		Short:   "Show a namespace",
		Example: `  perdure namespace describe shop`,
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 {
				if err := g.nameNamespace(c, args); err != nil {
					return err
				}
			}
			return g.connected(c.Context(), func(ctx context.Context, s *session) error { return s.describeNamespace(ctx) })
		},
	}
}

func (s *session) describeNamespace(ctx context.Context) error {
	reply := &workflowservice.DescribeNamespaceResponse{}
	if err := s.admin(ctx, "DescribeNamespace", &workflowservice.DescribeNamespaceRequest{Namespace: s.Namespace}, reply); err != nil {
		return err
	}
	return s.show(reply, func(width int) []string { return render.Namespace(reply, width) })
}

func newNamespaceList(g *global) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "Show all namespaces",
		Example: "  perdure namespace list",
		RunE: func(c *cobra.Command, _ []string) error {
			return g.connected(c.Context(), func(ctx context.Context, s *session) error {
				all := &workflowservice.ListNamespacesResponse{}
				request := &workflowservice.ListNamespacesRequest{PageSize: 100}
				for {
					page := &workflowservice.ListNamespacesResponse{}
					if err := s.admin(ctx, "ListNamespaces", request, page); err != nil {
						return err
					}
					all.Namespaces = append(all.Namespaces, page.GetNamespaces()...)
					if request.NextPageToken = page.GetNextPageToken(); len(request.NextPageToken) == 0 {
						break
					}
				}
				if s.Output == outputLines {
					return s.eachNamespace(all.GetNamespaces())
				}
				return s.show(all, func(width int) []string { return render.Namespaces(all.GetNamespaces(), width) })
			})
		},
	}
}

// eachNamespace prints a line for each.
func (g *global) eachNamespace(all []*workflowservice.DescribeNamespaceResponse) error {
	for _, one := range all {
		encoded, err := encode(one)
		if err != nil {
			return err
		}
		if err := g.json(encoded); err != nil {
			return err
		}
	}
	return nil
}
