package main

import (
	"context"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	namespacepb "go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/workflowservice/v1"
)

// namespaceUpdate is what is to be changed; what is empty stays.
type namespaceUpdate struct {
	retention          duration
	description, email string
	data, limits       map[string]string
}

func newNamespaceUpdate(g *global) *cobra.Command {
	var o namespaceUpdate
	c := &cobra.Command{
		Use:   "update [NAME]",
		Short: "Change a namespace's retention, limits, description, owner or data",
		Long: `Change a namespace, named as an argument or by --namespace. What is not given stays as it is, and of the
data the keys that are not named. Another retention counts for workflows that have ended already, too. A limit without a
value, as in --limit historyCount.error=, is the default again; describe shows them all.`,
		Example: `  perdure namespace update shop --retention 90d
  perdure namespace update shop --limit historyCount.error=20000 --limit blobSize.error=262144
  perdure namespace update shop --description "Orders of the shop" --data team=checkout`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := g.nameNamespace(c, args); err != nil {
				return err
			}
			if c.Flags().Changed("retention") && o.retention == 0 {
				return usagef("--retention 0: histories are kept for some time, such as 72h or 30d; what is not given stays as it is")
			}
			request := o.request(g.Namespace)
			if request.Config == nil && request.UpdateInfo == nil {
				return usagef("nothing is to be changed: give --retention, --limit, --description, --email or --data")
			}
			return g.connected(c.Context(), func(ctx context.Context, s *session) error {
				if err := s.admin(ctx, "UpdateNamespace", request, &workflowservice.UpdateNamespaceResponse{}); err != nil {
					return err
				}
				return s.describeNamespace(ctx)
			})
		},
	}
	o.register(c.Flags())
	return c
}

func (o *namespaceUpdate) register(flags *pflag.FlagSet) {
	durationFlag(flags, &o.retention, "retention", "how long the history of a closed workflow is kept")
	flags.StringVar(&o.description, "description", "", "what it is for")
	flags.StringVar(&o.email, "email", "", "who owns it")
	pairsFlag(flags, &o.data, "data", "KEY=VALUE to keep with it, beside what is kept")
	limitFlag(flags, &o.limits)
}

func (o *namespaceUpdate) request(name string) *workflowservice.UpdateNamespaceRequest {
	request := &workflowservice.UpdateNamespaceRequest{Namespace: name}
	if o.retention != 0 {
		request.Config = &namespacepb.NamespaceConfig{WorkflowExecutionRetentionTtl: o.retention.proto()}
	}
	if data := withLimits(o.data, o.limits); o.description != "" || o.email != "" || len(data) > 0 {
		request.UpdateInfo = &namespacepb.UpdateNamespaceInfo{Description: o.description, OwnerEmail: o.email, Data: data}
	}
	return request
}
